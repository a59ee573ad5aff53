import { CLOSING_EVENTS } from '../events/streams.ts'
import type { RandomSource } from '../kernel/random.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { decodedCommits } from '../log/decoded-commits.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { SqliteLog } from '../log/sqlite/commit-log.ts'
import { createMemoryTables } from '../log/sqlite/memory-tables.ts'
import { firstDifference, type RowDifference } from '../projections/compare.ts'
import { type DamagedTable, damagedTable } from '../projections/digests/damaged-table.ts'
import { fold } from '../projections/fold.ts'
import { differenceInRows } from './differing-rows.ts'
import { rowsToCheck } from './rows-to-check.ts'

/** What a start checks: tables and log over one connection, and the keys. */
export interface Checked {
  db: SqlConnection
  log: SqliteLog
  keys: Pick<KeyStore, 'load'>
}

/** A start adds up tables of up to so many rows, and only counts the rows of larger ones. */
export const SUMMED_AT_START = 20_000

/** A log of up to so many events is folded whole. */
const FOLDED = 2_000

/** How many times a comparison is tried, when a person was erased while it ran. */
const ATTEMPTS = 3

/** What is wrong with the read models: a row, or only a table when the row is not known yet. */
export type Damage = RowDifference | DamagedTable

/**
 * Looks for damage in the read models: compares the tables with their digests, and with a fold of the log. It folds a
 * short log whole, and of a long one the administrators, the clients and a random sample.
 *
 * @param summed tables of more rows than this are only counted.
 * @returns the first damage; `unsummed` when a migration has cleared the digests.
 */
export async function damageIn(
  checked: Checked,
  random: RandomSource,
  summed: number,
): Promise<Damage | 'unsummed' | null> {
  const { db, log } = checked
  for (let attempt = 1; ; attempt += 1) {
    db.exec('BEGIN')
    const head = log.head()
    const damage = await damageInSnapshot(checked, random, summed).finally(() => db.exec('COMMIT'))
    if (damage === null || damage === 'unsummed' || attempt === ATTEMPTS) return damage
    // A person who was erased meanwhile has no readable events any more, but rows in this snapshot.
    if (!log.eventsAfter(head.sequence, 1_000).some(({ type }) => CLOSING_EVENTS.includes(type)))
      return damage
  }
}

async function damageInSnapshot(
  checked: Checked,
  random: RandomSource,
  summed: number,
): Promise<Damage | 'unsummed' | null> {
  if (checked.log.head().position === 0) return null
  const table = damagedTable(checked.db, summed)
  if (table === 'unsummed' || table?.unreadable) return table
  return (await differentRow(checked, random)) ?? table
}

async function differentRow({ db, log, keys }: Checked, random: RandomSource): Promise<RowDifference | null> {
  const { position, sequence } = log.head()
  if (sequence > FOLDED) return differenceInRows(db, log, keys, rowsToCheck(db, random))
  const fresh = createMemoryTables()
  try {
    await fold(fresh.sql, decodedCommits(log, keys, 0, position))
    return firstDifference(db, fresh.sql)
  } finally {
    fresh.close()
  }
}
