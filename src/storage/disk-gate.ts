import type { CommandGateway, CommandType } from '../commands/catalogue.ts'
import type { DocumentOperation } from '../documents/operation.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type CursorOperation, isCursorOperation } from '../log/cursors.ts'
import type { DiskWatch } from './disk-watch.ts'

/** Commands that remove, end or protect something: they run as long as there is any space. */
const ALWAYS_ACCEPTED: ReadonlySet<CommandType> = new Set<CommandType>([
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
  // Without a signing key, tokens cannot be used for reading either.
  'create-signing-key',
  'activate-signing-key',
  'retire-signing-key',
])

/** Document writes that free space. */
const ALWAYS_WRITTEN: ReadonlySet<DocumentOperation['type']> = new Set<DocumentOperation['type']>([
  'take',
  'remove',
  'revokeByGrant',
  'revokeByAccount',
  'deleteExpired',
  'clear',
])

/** Carries out commands and document writes. */
export interface WriteGateway extends CommandGateway {
  write(operation: unknown): Promise<unknown>
}

/**
 * Refuses new work with `storage_full` while the disk is short of space. The rest of the space is for erasing, signing
 * out and revoking.
 */
export function gateByDisk(gateway: WriteGateway, disk: Pick<DiskWatch, 'shortage'>): WriteGateway {
  const refusal = () => {
    const shortage = disk.shortage()
    return shortage === null ? null : new Refusal('storage_full', `No new work is accepted: ${shortage}`)
  }
  return {
    submit(command) {
      const refused = isAlwaysAccepted(command) ? null : refusal()
      return refused ? Promise.reject(refused) : gateway.submit(command)
    },
    write(operation) {
      const write = operation as DocumentOperation | CursorOperation
      // A cursor is updated in place, and reactions to past events must run.
      const refused = isCursorOperation(write) || ALWAYS_WRITTEN.has(write.type) ? null : refusal()
      return refused ? Promise.reject(refused) : gateway.write(operation)
    },
  }
}

function isAlwaysAccepted({ type, input }: { type: CommandType; input: unknown }): boolean {
  return ALWAYS_ACCEPTED.has(type) || (type === 'change-user' && isDeactivation(input))
}

function isDeactivation(input: unknown): boolean {
  return (input as { changes?: { active?: unknown } }).changes?.active === false
}
