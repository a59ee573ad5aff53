import { existsSync } from 'node:fs'
import { command } from '../commands/command.ts'
import type { Head } from '../events/commit.ts'
import type { Actor } from '../events/envelope.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import type { MongoAddress } from '../log/mongodb/connection.ts'
import { openExistingReplica } from '../log/sqlite/existing-log.ts'
import { discardReplica } from '../log/sqlite/replica.ts'
import { openStorage } from '../storage/open.ts'
import { verifySharedChain } from './verify-shared-log.ts'

/**
 * Accepts a database that was restored by MongoDB's own tools, from a dump or a copy of the replica set: verifies the
 * whole log in it, begins a new epoch, and removes all short-lived state, as a restore of files does. The other nodes
 * make their replicas again when they start.
 *
 * @throws StartRefused when the log is damaged, and while a node uses the replica of this machine.
 */
export async function acceptDatabase(
  files: Installation,
  address: MongoAddress,
  actor: Actor,
): Promise<Head> {
  const chain = await verifySharedChain(files, address, [])
  if ('reason' in chain) {
    throw new StartRefused(
      `The log in the database is damaged at position ${chain.position}: ${chain.reason}`,
    )
  }
  if (chain.position === 0) throw new StartRefused('The database holds no commits: restore it first')
  const from_epoch = Math.max(chain.epoch, epochSeenHere(files, chain.log))
  discardReplica(files.database)
  const storage = await openStorage(files)
  try {
    // Removed first, so that a node which notices the new epoch finds nothing of the old one.
    await storage.documents.clear()
    await storage.commands.submit(
      command('begin-epoch', { from_epoch, backup_sequence: chain.sequence }, actor),
    )
    return storage.log.head()
  } finally {
    await storage.close()
  }
}

/** Reads the epoch of this machine's replica; 0 when there is none, or it is of another log. */
function epochSeenHere({ database }: Installation, log: string): number {
  if (!existsSync(database)) return 0
  try {
    const replica = openExistingReplica(database)
    const head = replica.log.head()
    replica.close()
    return head.log === log ? head.epoch : 0
  } catch (error) {
    // The replica is made again in any case.
    if (error instanceof StartRefused) return 0
    throw error
  }
}
