import { discardReplica, openReplica, type Replica } from '../log/sqlite/replica.ts'
import { damagedTable } from '../projections/digests/damaged-table.ts'
import { SUMMED_AT_START } from './damage.ts'

/**
 * Opens the replica of a log. One whose tables are not what their digests say is named, and made again: the caller
 * fills it from the shared log.
 *
 * @param report is given one line for the operator.
 */
export function openSoundReplica(
  path: string,
  log: string,
  now: string,
  report: (line: string) => void,
): Replica {
  const replica = openReplica(path, log, now)
  const damage = replica.log.head().position === 0 ? null : damagedTable(replica.db, SUMMED_AT_START)
  if (damage === null) return replica
  // A migration clears the digests, and is no damage.
  if (damage !== 'unsummed') {
    report(
      `The replica ${path} is damaged: ${damage.table}: ${damage.reason}. It is made again from the shared log`,
    )
  }
  replica.close()
  discardReplica(path)
  return openReplica(path, log, now)
}
