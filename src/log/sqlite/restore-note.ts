import { existsSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'
import { isBusy, lockAlone, openForReading, type SqliteDatabase } from './database.ts'
import type { Exchange } from './exchange-files.ts'
import { notePath } from './leftovers.ts'

const TABLE = 'exchange'

/**
 * A note beside the database that a restore is running. It is a database file itself, because its lock ends with the
 * process that holds it: a process that gets the lock knows that no other restore is running. Once the new files are
 * complete, the note lists which file replaces which, so that an interrupted exchange can be finished.
 */
export class RestoreNote {
  readonly #path: string
  readonly #db: SqliteDatabase

  private constructor(path: string, db: SqliteDatabase) {
    this.#path = path
    this.#db = db
  }

  /** Locks the note, or makes it. @throws StartRefused while another process restores. */
  static take(database: string): RestoreNote {
    const path = notePath(database)
    const before = statSync(path, { throwIfNoEntry: false })?.ino
    const db = lock(path)
    // Its last holder may have finished and removed it just now.
    if (!existsSync(path) || (before !== undefined && statSync(path).ino !== before)) {
      db.close()
      throw new StartRefused(`A restore into ${database} has just ended; try again`)
    }
    return new RestoreNote(path, db)
  }

  /** Lists the exchanges of an interrupted restore; `null` when it was interrupted before them. */
  pending(): Exchange[] | null {
    return pendingIn(this.#db, dirname(this.#path))
  }

  /** Writes and syncs the exchanges that follow. */
  write(exchanges: readonly Exchange[]): void {
    this.#db.pragma('synchronous = FULL')
    this.#db.exec('BEGIN')
    this.#db.exec(
      `CREATE TABLE ${TABLE} (ordinal INTEGER PRIMARY KEY, old TEXT NOT NULL, fresh TEXT NOT NULL, kept TEXT NOT NULL) STRICT`,
    )
    const add = this.#db.prepare(`INSERT INTO ${TABLE} (old, fresh, kept) VALUES (?, ?, ?)`)
    // The data directory may have another path the next time.
    const near = (path: string) => relative(dirname(this.#path), path)
    for (const { old, fresh, kept } of exchanges) add.run(near(old), near(fresh), near(kept))
    this.#db.exec('COMMIT')
    syncDirectory(dirname(this.#path))
  }

  /** Removes the list of exchanges, after all files are in place and the directory is synced. */
  clear(): void {
    syncDirectory(dirname(this.#path))
    this.#db.exec(`DROP TABLE IF EXISTS ${TABLE}`)
  }

  /** Removes the note after all files are in place. */
  remove(): void {
    syncDirectory(dirname(this.#path))
    for (const part of ['-journal', '']) rmSync(this.#path + part, { force: true })
    syncDirectory(dirname(this.#path))
    this.close()
  }

  /** Unlocks the note and leaves it as it is. */
  close(): void {
    if (this.#db.open) this.#db.close()
  }
}

/** Reads how far the restore got that left a note, without changing anything; `null` when there is no note. */
export function stageOfRestore(database: string): 'preparing' | 'exchanging' | 'under way' | null {
  const path = notePath(database)
  if (!existsSync(path)) return null
  try {
    const db = openForReading(path, 0)
    try {
      return pendingIn(db, dirname(path)) ? 'exchanging' : 'preparing'
    } finally {
      db.close()
    }
  } catch (error) {
    const cause = error instanceof StartRefused ? error.cause : error
    if (isBusy(cause)) return 'under way'
    // Its write was interrupted: the next holder finds it empty.
    if (codeOf(cause).startsWith('SQLITE_READONLY')) return 'preparing'
    throw damaged(path, error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function pendingIn(db: SqliteDatabase, directory: string): Exchange[] | null {
  const found = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = ?`).get(TABLE)
  if (!found) return null
  const rows = db.prepare(`SELECT old, fresh, kept FROM ${TABLE} ORDER BY ordinal`).all() as Exchange[]
  const far = (path: string) => join(directory, path)
  return rows.map(({ old, fresh, kept }) => ({ old: far(old), fresh: far(fresh), kept: far(kept) }))
}

function lock(path: string): SqliteDatabase {
  try {
    const db = lockAlone(path)
    if (db) return db
  } catch (error) {
    if (isBusy(error))
      throw new StartRefused('A restore is being carried out; wait until it is done', { cause: error })
    throw error
  }
  throw damaged(path)
}

function damaged(path: string, cause?: unknown): StartRefused {
  return new StartRefused(
    `${path} says that a restore was interrupted, but it is damaged: put both files in place by hand (${basename(path, '.restoring')} and its keys, from *.restore-* or *.before-restore-*) and remove it`,
    { cause },
  )
}
