import type { CommandGateway, CommandType } from '../commands/catalogue.ts'
import type { DocumentOperation } from '../documents/operation.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type CursorOperation, isCursorOperation } from '../log/cursors.ts'
import type { DiskWatch } from './disk-watch.ts'

/** Commands that take away, end or protect something: they are carried out while any room is left. */
const STILL_TAKEN: ReadonlySet<CommandType> = new Set<CommandType>([
  'erase-user',
  'end-session',
  'end-sessions',
  'revoke-magic-link',
  'purge-magic-links',
  'remove-client',
  'remove-passkey',
  'remove-password',
  'flag-passkey',
  'report-token-reuse',
  // Without a signing key nothing can be read with a token either.
  'create-signing-key',
  'activate-signing-key',
  'retire-signing-key',
])

/** Writes of documents that leave less than was there. */
const STILL_WRITTEN: ReadonlySet<DocumentOperation['type']> = new Set<DocumentOperation['type']>([
  'take',
  'remove',
  'revokeByGrant',
  'revokeByAccount',
  'deleteExpired',
  'clear',
])

/** Whoever carries out commands and writes of documents. */
export interface WriteGateway extends CommandGateway {
  write(operation: unknown): Promise<unknown>
}

/**
 * Refuses new work with `storage_full` while the disk is short of space, so that what must still work has room:
 * erasing, signing out, taking rights away.
 */
export function gateByDisk(gateway: WriteGateway, disk: Pick<DiskWatch, 'shortage'>): WriteGateway {
  const refusal = () => {
    const shortage = disk.shortage()
    return shortage === null ? null : new Refusal('storage_full', `Nothing new is taken: ${shortage}`)
  }
  return {
    submit(command) {
      const refused = isStillTaken(command) ? null : refusal()
      return refused ? Promise.reject(refused) : gateway.submit(command)
    },
    write(operation) {
      const write = operation as DocumentOperation | CursorOperation
      // A cursor is moved in place, and what follows an event is owed.
      const refused = isCursorOperation(write) || STILL_WRITTEN.has(write.type) ? null : refusal()
      return refused ? Promise.reject(refused) : gateway.write(operation)
    },
  }
}

function isStillTaken({ type, input }: { type: CommandType; input: unknown }): boolean {
  return STILL_TAKEN.has(type) || (type === 'change-user' && isDeactivation(input))
}

function isDeactivation(input: unknown): boolean {
  return (input as { changes?: { active?: unknown } }).changes?.active === false
}
