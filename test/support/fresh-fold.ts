import Database from 'better-sqlite3'
import type { SqlConnection } from '../../src/kernel/sql.ts'
import { decodedCommits } from '../../src/log/decoded-commits.ts'
import type { KeyStore } from '../../src/log/keys/key-store.ts'
import type { SqliteLog } from '../../src/log/sqlite/commit-log.ts'
import { migrate } from '../../src/log/sqlite/migrate.ts'
import { digestOf, firstDifference, type RowDifference } from '../../src/projections/compare.ts'
import { fold } from '../../src/projections/fold.ts'

/** Opens empty read models in memory. */
export function emptyReadModels(): Database.Database {
  const sql = new Database(':memory:')
  sql.pragma('foreign_keys = ON')
  migrate(sql, '')
  return sql
}

/** Folds a whole log from nothing, with the keys that are still there. */
export async function foldAfresh(log: SqliteLog, keys: Pick<KeyStore, 'load'>): Promise<Database.Database> {
  const sql = emptyReadModels()
  await fold(sql, decodedCommits(log, keys, 0, log.head().position))
  return sql
}

/** Compares live read models with a fresh fold of the log: rows, digests, kept digests and the head they are at. */
export async function differenceFromLog(
  live: SqlConnection,
  log: SqliteLog,
  keys: Pick<KeyStore, 'load'>,
): Promise<RowDifference | string | null> {
  const fresh = await foldAfresh(log, keys)
  try {
    const difference = firstDifference(live, fresh)
    if (difference) return difference
    if (digestOf(live) !== digestOf(fresh)) return 'the digests differ'
    const contentOf = (table: string) =>
      [live, fresh].map((sql) => JSON.stringify(sql.prepare(`SELECT * FROM ${table}`).all()))
    const kept = contentOf('read_model_digests')
    if (kept[0] !== kept[1]) return `the kept digests differ: ${kept.join(' and ')}`
    const heads = contentOf('read_model_head')
    return heads[0] === heads[1] ? null : `the heads differ: ${heads.join(' and ')}`
  } finally {
    fresh.close()
  }
}
