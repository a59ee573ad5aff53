import type { SqlConnection } from '../../kernel/sql.ts'
import type { SqliteDatabase } from './database.ts'

/**
 * Makes the tables of the live database equal to those of a scratch file, in one transaction on the live one. Only rows
 * that differ are written, so the lock is held briefly when nothing differs. Tables that only the live database has,
 * like the log, can be read by their plain names in `catchUp`.
 *
 * @param tables each with the columns of its primary key.
 * @param refilled tables that are emptied and filled again although their rows may be equal.
 * @param catchUp brings the scratch tables up to date; no other connection can write meanwhile.
 * @returns how many rows were removed and added.
 */
export async function swapTables(
  scratch: SqliteDatabase,
  live: string,
  tables: Readonly<Record<string, readonly string[]>>,
  refilled: readonly string[],
  catchUp: (sql: SqlConnection) => Promise<void>,
): Promise<number> {
  // Each table is made equal by itself; references were checked while the scratch tables were written.
  scratch.pragma('foreign_keys = OFF')
  scratch.prepare('ATTACH ? AS live').run(live)
  scratch.pragma('live.synchronous = FULL')
  scratch.pragma('live.secure_delete = ON')
  scratch.exec('BEGIN IMMEDIATE')
  try {
    await catchUp(scratch)
    let changed = 0
    for (const [table, key] of Object.entries(tables)) {
      changed += refilled.includes(table) ? refill(scratch, table) : equalise(scratch, table, key)
    }
    scratch.exec('COMMIT')
    return changed
  } catch (error) {
    if (scratch.inTransaction) scratch.exec('ROLLBACK')
    throw error
  }
}

// Without a condition, SQLite drops all pages of a table and its indexes without reading them.
function refill(db: SqliteDatabase, table: string): number {
  const { changes } = db.prepare(`DELETE FROM live.${table}`).run()
  return changes + db.prepare(`INSERT INTO live.${table} SELECT * FROM main.${table}`).run().changes
}

function equalise(db: SqliteDatabase, table: string, key: readonly string[]): number {
  const columns = (db.pragma(`main.table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const sameKey = key.map((name) => `fresh.${name} = old.${name}`).join(' AND ')
  // The plus keeps SQLite from using another index than the primary key.
  const same = [sameKey, ...columns.map((name) => `+fresh.${name} IS old.${name}`)].join(' AND ')
  const removed = db
    .prepare(
      `DELETE FROM live.${table} AS old WHERE NOT EXISTS (SELECT 1 FROM main.${table} fresh WHERE ${same})`,
    )
    .run()
  // Every remaining row has an equal among the fresh ones.
  const count = (schema: string) =>
    db.prepare(`SELECT count(*) FROM ${schema}.${table}`).pluck().get() as number
  if (count('live') === count('main')) return removed.changes
  const added = db
    .prepare(
      `INSERT INTO live.${table} SELECT * FROM main.${table} fresh
       WHERE NOT EXISTS (SELECT 1 FROM live.${table} old WHERE ${sameKey})`,
    )
    .run()
  return removed.changes + added.changes
}
