import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { newId } from '../../kernel/ids.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { createMasterKeyFile } from '../keys/master-key.ts'
import { KeyWrap } from '../keys/wrapping.ts'
import { watermarkPath } from '../watermark/file.ts'
import { WatermarkKeeper } from '../watermark/keeper.ts'
import { SqliteLog } from './commit-log.ts'
import { assertWritable, openForWriting, type SqliteDatabase } from './database.ts'
import { type InstallationFiles, inspectFiles, requireComplete } from './inspection.ts'
import { SqliteKeyStore } from './key-store.ts'
import { migrate } from './migrate.ts'
import { removeAbandonedScratch } from './scratch.ts'
import { settleRestore } from './settle-restore.ts'
import { assertTailIntact } from './tail-check.ts'
import { checkpointWal } from './wal.ts'
import { assertNothingLost, noteWatermarkKept } from './watermark-check.ts'

/** An open installation: the log, the keys, and the connection that writes. */
export interface SqliteInstallation {
  db: SqliteDatabase
  log: SqliteLog
  keys: SqliteKeyStore
  watermark: WatermarkKeeper
  close(): Promise<void>
}

/** Options for opening an installation. */
export interface OpeningOptions {
  /** Called when the watermark cannot be written, and with `null` when it can be again. */
  onWatermarkFault?: (fault: Error | null) => void
  /** Opens a log even if it ends too early: for the one command that records the loss in it. */
  lossAccepted?: boolean
}

/**
 * Opens an installation for writing; makes a new one when there is nothing at all. An installation with a missing part
 * is refused, because an empty new file in its place would hide the loss.
 *
 * @throws StartRefused with one line that says what is missing or wrong.
 */
export function openSqliteInstallation(
  files: InstallationFiles,
  now: string,
  options: OpeningOptions = {},
): SqliteInstallation {
  try {
    return openChecked(files, now, options)
  } catch (error) {
    throw startRefusal(error)
  }
}

function openChecked(files: InstallationFiles, now: string, options: OpeningOptions): SqliteInstallation {
  for (const path of [files.database, files.keys]) assertWritable(path)
  settleRestore(files)
  // A scratch file holds personal data in the clear.
  if (existsSync(files.database)) removeAbandonedScratch(files.database)
  const found = inspectFiles(files)
  const master = requireComplete(files, found)
  if (!options.lossAccepted) assertNothingLost(files)
  if (!found.database) {
    mkdirSync(dirname(files.database), { recursive: true, mode: 0o700 })
    mkdirSync(dirname(files.keys), { recursive: true, mode: 0o700 })
  }
  const db = openForWriting(files.database)
  try {
    checkpointWal(db)
    migrate(db, now)
    const log = new SqliteLog(db, ensureLogId(db))
    // Made after the database: a key without a log means that a log was lost.
    const wrap = new KeyWrap(master ?? createMasterKeyFile(files.masterKeyFile))
    // One snapshot, because another process may be writing.
    db.transaction(() => assertTailIntact(db, log))()
    // While there is no commit, another start may be making the key file, or may have crashed while making it.
    const keys = found.commits
      ? SqliteKeyStore.open(files.keys, log.id, wrap)
      : SqliteKeyStore.create(files.keys, log.id, wrap)
    try {
      const watermark = new WatermarkKeeper(
        watermarkPath(files),
        () => keys.changes(),
        options.onWatermarkFault,
      )
      if (!options.lossAccepted) beginWatermark(watermark, db, log)
      const close = async () => {
        try {
          if (await watermark.close(() => log.head())) noteWatermarkKept(db)
        } finally {
          keys.close()
          db.close()
        }
      }
      return { db, log, keys, watermark, close }
    } catch (error) {
      keys.close()
      throw error
    }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Writes where the log ends at the start, and records that a watermark is kept from now on. */
function beginWatermark(watermark: WatermarkKeeper, db: SqliteDatabase, log: SqliteLog): void {
  watermark.noteNow(log.head())
  noteWatermarkKept(db)
}

/** Turns an error of the disk or the driver into one clear line; a fault of the program is passed on unchanged. */
function startRefusal(error: unknown): unknown {
  const isOfTheSystem =
    error instanceof Error && 'code' in error && /^(SQLITE_|E[A-Z]+$)/.test(String(error.code))
  return isOfTheSystem
    ? new StartRefused(`The data cannot be opened: ${error.message}`, { cause: error })
    : error
}

function ensureLogId(db: SqliteDatabase): string {
  return db
    .transaction(() => {
      const id = db.prepare('SELECT id FROM log').pluck().get()
      if (typeof id === 'string') return id
      const fresh = newId()
      db.prepare('INSERT INTO log (id) VALUES (?)').run(fresh)
      return fresh
    })
    .immediate()
}
