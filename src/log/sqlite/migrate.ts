import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartRefused } from '../../kernel/start-refused.ts'
import { openForWriting, type SqliteDatabase } from './database.ts'

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))

/** Lists the migrations of this program in the order of their numbers. */
export function migrationFiles(directory = MIGRATIONS): string[] {
  return readdirSync(directory)
    .filter((name) => /^\d{3}_.+\.sql$/.test(name))
    .sort()
}

/**
 * Brings a database to this program's schema: applies the new migrations in order, each in its own transaction.
 *
 * @throws StartRefused when the database has a migration that this program does not know.
 */
export function migrate(db: SqliteDatabase, now: string, directory = MIGRATIONS): void {
  const files = migrationFiles(directory)
  if (refuseNewer(db, files).length === files.length) return
  db.exec(
    'CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY, filename TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL) STRICT',
  )
  for (const filename of files) {
    db.transaction(() => {
      // Read inside the write lock, because another process may have applied it meanwhile.
      if (appliedMigrations(db).includes(filename)) return
      db.exec(readFileSync(join(directory, filename), 'utf8'))
      db.prepare('INSERT INTO _migrations (filename, applied_at) VALUES (?, ?)').run(filename, now)
      clearDigests(db)
    }).immediate()
  }
}

/** Clears the digests of the read models: a migration may change the rows that they sum up. */
function clearDigests(db: SqliteDatabase): void {
  const kept = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'read_model_digests'").get()
  if (kept) db.exec('DELETE FROM read_model_digests')
}

/** Brings a database file to this program's schema. @throws StartRefused like `migrate`. */
export function migrateFile(path: string, now: string): void {
  const db = openForWriting(path)
  try {
    migrate(db, now)
  } finally {
    db.close()
  }
}

/** Lists the migrations of a database. @throws StartRefused when this program does not know one of them. */
export function refuseNewer(db: SqliteDatabase, files: readonly string[] = migrationFiles()): string[] {
  const applied = appliedMigrations(db)
  const unknown = applied.filter((name) => !files.includes(name))
  if (unknown.length > 0) {
    throw new StartRefused(`${db.name} is newer than this program: it has ${unknown.join(', ')}`)
  }
  return applied
}

function appliedMigrations(db: SqliteDatabase): string[] {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_migrations'").get()
  if (!table) return []
  return db.prepare('SELECT filename FROM _migrations ORDER BY id').pluck().all() as string[]
}
