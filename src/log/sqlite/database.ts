import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { StartRefused } from '../../kernel/start-refused.ts'
import { retryBlocking } from './retry-blocking.ts'

export type SqliteDatabase = Database.Database

/** How long a statement waits for the lock of another process, in milliseconds. */
export const BUSY_TIMEOUT = 10_000
/** To what size a WAL that is no longer needed is cut, in bytes. */
const WAL_SIZE_KEPT = 64 << 20
/** SQLite's numbers of the synchronous levels. */
const LEVELS = { NORMAL: 1, FULL: 2 } as const

/**
 * Opens a database file for writing with the settings that the log's guarantees depend on, and reads them back:
 * every commit reaches the disk (`synchronous=FULL`; the driver's own default for WAL is weaker), and deleted
 * content is overwritten with zeros.
 *
 * @param synchronous `NORMAL` for data that can be made again: a power failure may lose the last commits.
 * @throws StartRefused when the file cannot be opened, is not a database, or does not accept the settings.
 */
export function openForWriting(path: string, synchronous: 'FULL' | 'NORMAL' = 'FULL'): SqliteDatabase {
  assertWritable(path)
  const db = open(path, { timeout: BUSY_TIMEOUT })
  try {
    setWalMode(db, path)
    db.pragma(`synchronous = ${synchronous}`)
    db.pragma('foreign_keys = ON')
    db.pragma('secure_delete = ON')
    db.pragma('wal_autocheckpoint = 16000')
    // The WAL grows while the file is searched; afterwards it need not stay so large.
    db.pragma(`journal_size_limit = ${WAL_SIZE_KEPT}`)
    // Every commit walks all cached pages, and the system caches the file too.
    db.pragma('cache_size = -8000')
    db.pragma('temp_store = MEMORY')
    expect(db, path, {
      journal_mode: 'wal',
      synchronous: LEVELS[synchronous],
      foreign_keys: 1,
      secure_delete: 1,
    })
  } catch (error) {
    db.close()
    throw refused(path, error)
  }
  return db
}

/**
 * Opens a database file for reading only. Many readers may share the connection.
 *
 * @param timeout how long a statement waits for a lock, in milliseconds.
 * @throws StartRefused when the file is missing or not a database.
 */
export function openForReading(path: string, timeout = BUSY_TIMEOUT): SqliteDatabase {
  const db = open(path, { readonly: true, fileMustExist: true, timeout })
  try {
    db.pragma('cache_size = -16000')
    db.pragma('temp_store = MEMORY')
    return db
  } catch (error) {
    db.close()
    throw refused(path, error)
  }
}

/**
 * Opens a file whose content can be made again: fast, never synced, and locked for this connection alone while it is
 * open.
 */
export function openUnsynced(path: string): SqliteDatabase {
  const db = open(path, { timeout: BUSY_TIMEOUT })
  db.pragma('main.locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = MEMORY')
  db.pragma('synchronous = OFF')
  db.pragma('foreign_keys = ON')
  db.pragma('cache_size = -64000')
  db.pragma('temp_store = MEMORY')
  return db
}

/**
 * Locks a database file for this connection alone and removes its WAL, until the connection is closed; `null` when the
 * file is not a database and cannot be locked.
 *
 * @throws SqliteError `SQLITE_BUSY` while another connection has it open.
 */
export function lockAlone(path: string): SqliteDatabase | null {
  const db = open(path, { timeout: 0 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    db.pragma('journal_mode = DELETE')
    return db
  } catch (error) {
    db.close()
    if (isDamaged(error)) return null
    throw error
  }
}

/** Tells whether SQLite refused because of the lock of another connection. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

/**
 * Checks that a file can be written, or created if it is missing: SQLite would silently open it for reading, or fail
 * with a misleading message.
 */
export function assertWritable(path: string): void {
  try {
    for (const part of [dirname(path), path]) if (existsSync(part)) accessSync(part, constants.W_OK)
  } catch (error) {
    throw refused(path, error)
  }
}

function open(path: string, options: Database.Options): SqliteDatabase {
  try {
    return new Database(path, options)
  } catch (error) {
    throw refused(path, error)
  }
}

/** Sets WAL mode. When several processes do so for a new file at once, SQLite fails some of them instead of waiting. */
function setWalMode(db: SqliteDatabase, path: string): void {
  const kept = retryBlocking(() => {
    try {
      db.pragma('journal_mode = WAL')
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }, BUSY_TIMEOUT)
  if (!kept) throw new StartRefused(`${path} cannot be used: another program keeps it locked`)
}

function expect(db: SqliteDatabase, path: string, settings: Record<string, string | number>): void {
  for (const [name, wanted] of Object.entries(settings)) {
    const found = db.pragma(name, { simple: true })
    if (found !== wanted)
      throw new StartRefused(`${path}: SQLite keeps ${name} at ${found}, needed is ${wanted}`)
  }
}

/** Tells whether SQLite found that a file is damaged or not a database. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code))
}

/** Makes the refusal of a start because of a damaged file. */
export function damagedFile(path: string, cause: unknown): StartRefused {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StartRefused(`${path} cannot be used: ${reason}. Restore a damaged file from a backup`, {
    cause,
  })
}

function refused(path: string, error: unknown): StartRefused {
  if (error instanceof StartRefused) return error
  if (isDamaged(error)) return damagedFile(path, error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StartRefused(`${path} cannot be used: ${reason}`, { cause: error })
}

/** Returns a function that reads a number which changes whenever another connection has written to the file. */
export function dataVersion(db: SqliteDatabase): () => number {
  const version = db.prepare('PRAGMA data_version').pluck()
  return () => version.get() as number
}
