import { inSnapshot } from '../kernel/sql.ts'
import type { MongoArbiter } from '../log/mongodb/arbiter.ts'
import { discardReplica, openReplica, type Replica } from '../log/sqlite/replica.ts'
import { damagedTable } from '../projections/digests/damaged-table.ts'
import { SUMMED_AT_START } from './damage.ts'

/**
 * Opens the replica of a shared log, and checks that it is sound and of the present log. One that is damaged, or has
 * commits that a restore of the database removed, is made again: an epoch that the replica has not seen shows that an
 * operator accepted the restore. The caller fills it from the shared log.
 *
 * @param report is given one line for the operator.
 */
export async function openCheckedReplica(
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

/** Opens a replica whose tables agree with their digests; a damaged one is reported and replaced by an empty one. */
function openSoundReplica(path: string, log: string, now: string, report: (line: string) => void): Replica {
  const replica = openReplica(path, log, now)
  const damage = inSnapshot(replica.db, () =>
    replica.log.head().position === 0 ? null : damagedTable(replica.db, SUMMED_AT_START),
  )
  if (damage === null) return replica
  // A migration clears the digests, which is not damage.
  if (damage !== 'unsummed') {
    report(
      `The replica ${path} is damaged: ${damage.table}: ${damage.reason}. It is made again from the shared log`,
    )
  }
  replica.close()
  discardReplica(path)
  return openReplica(path, log, now)
}
