import type { MongoArbiter } from '../log/mongodb/arbiter.ts'
import { discardReplica, type Replica } from '../log/sqlite/replica.ts'
import { openSoundReplica } from './sound-replica.ts'

/**
 * Opens the replica of a shared log. One that has seen commits which a restore of the database took back is made
 * again: that the log has come to a higher epoch says that somebody accepted it.
 *
 * @param report is given one line for the operator.
 */
export async function openCurrentReplica(
  path: string,
  log: string,
  arbiter: Pick<MongoArbiter, 'hashAt' | 'lastEpoch'>,
  now: string,
  report: (line: string) => void,
): Promise<Replica> {
  const replica = openSoundReplica(path, log, now, report)
  const { position, hash, epoch } = replica.log.head()
  try {
    if (position === 0) return replica
    const there = await arbiter.hashAt(position)
    if (there !== null && Buffer.from(there).equals(hash)) return replica
    if (((await arbiter.lastEpoch()) ?? 0) <= epoch) return replica
  } catch (error) {
    replica.close()
    throw error
  }
  report(`The database was restored since this node last ran: ${path} is made again from the shared log`)
  replica.close()
  discardReplica(path)
  return openSoundReplica(path, log, now, report)
}
