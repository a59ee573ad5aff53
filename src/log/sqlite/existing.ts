import { StartRefused } from '../../kernel/start-refused.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, type SqliteDatabase } from './database.ts'
import { type InstallationFiles, inspectFiles, requireComplete } from './inspection.ts'
import { migrationFiles, refuseNewer } from './migrate.ts'
import { refuseHalfExchanged } from './settle-restore.ts'

/** The log of an installation, open for reading only. */
export interface ExistingLog {
  db: SqliteDatabase
  log: SqliteLog
  close(): void
}

/**
 * Opens the log of an installation that is there, for reading only: makes nothing, brings nothing up to date,
 * and does not judge whether the log is sound. The service may be running meanwhile.
 *
 * @throws StartRefused when there is none, or it is foreign, incomplete or of another version.
 */
export function openExisting(files: InstallationFiles): ExistingLog {
  refuseHalfExchanged(files)
  const found = inspectFiles(files)
  requireComplete(files, found)
  if (!found.database) throw new StartRefused(`There is nothing at ${files.database} yet`)
  const db = openForReading(files.database)
  try {
    if (refuseNewer(db).length < migrationFiles().length) {
      throw new StartRefused(`${files.database} is older than this program: start the service once`)
    }
    const id = db.prepare('SELECT id FROM log').pluck().get()
    if (typeof id !== 'string') throw new StartRefused(`${files.database} holds no log yet`)
    return { db, log: new SqliteLog(db, id), close: () => db.close() }
  } catch (error) {
    db.close()
    throw error
  }
}
