import Database from 'better-sqlite3'
import type { SqlConnection } from '../../kernel/sql.ts'
import { migrate } from './migrate.ts'

/** Creates this program's tables in memory, empty, for a fold that is used once. */
export function createMemoryTables(): { sql: SqlConnection; close(): void } {
  const db = new Database(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db, '')
  return { sql: db, close: () => db.close() }
}
