import Database from 'better-sqlite3'
import type { SqlConnection } from '../../kernel/sql.ts'
import { migrate } from './migrate.ts'

/** Opens this program's tables in memory, empty, for a fold that nobody else needs. */
export function createMemoryTables(): { sql: SqlConnection; close(): void } {
  const db = new Database(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db, '')
  return { sql: db, close: () => db.close() }
}
