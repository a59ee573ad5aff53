import { existsSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, type SqliteDatabase } from './database.ts'
import { type InstallationFiles, inspectFiles, requireComplete } from './inspection.ts'
import { migrationFiles, refuseNewer } from './migrate.ts'
import { refuseHalfExchanged } from './settle-restore.ts'

/** A log that is there already, open for reading only. */
export interface ExistingLog {
  db: SqliteDatabase
  log: SqliteLog
  close(): void
}

/**
 * Opens the log of an existing installation for reading only: creates nothing, migrates nothing, and does not check
 * whether the log is sound. The service may be running meanwhile.
 *
 * @throws StartRefused when there is none, or it is foreign, incomplete or of another version.
 */
export function openExistingSqliteLog(files: InstallationFiles): ExistingLog {
  refuseHalfExchanged(files)
  const found = inspectFiles(files)
  requireComplete(files, found)
  if (!found.database) throw new StartRefused(`There is nothing at ${files.database} yet`)
  return openReadOnly(files.database)
}

/** Opens an existing replica for reading only. @throws StartRefused when there is none of this program's version. */
export function openExistingReplica(path: string): ExistingLog {
  if (!existsSync(path)) throw new StartRefused(`There is no replica at ${path} yet: start the service once`)
  return openReadOnly(path)
}

function openReadOnly(path: string): ExistingLog {
  const db = openForReading(path)
  try {
    if (refuseNewer(db).length < migrationFiles().length) {
      throw new StartRefused(`${path} is older than this program: start the service once`)
    }
    const id = db.prepare('SELECT id FROM log').pluck().get()
    if (typeof id !== 'string') throw new StartRefused(`${path} holds no log yet`)
    return { db, log: new SqliteLog(db, id), close: () => db.close() }
  } catch (error) {
    db.close()
    throw error
  }
}
