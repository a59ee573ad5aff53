import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartRefused } from '../../kernel/fault.ts'
import { newId } from '../../kernel/ids.ts'
import { createMasterKeyFile, readMasterKeyFile } from '../master-key.ts'
import { KeyWrap } from '../wrapping.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, openForWriting, type SqliteDatabase } from './database.ts'
import { SqliteKeyStore } from './key-store.ts'
import { migrate, refuseNewer } from './migrate.ts'
import { assertTailIntact } from './tail-check.ts'

/** Where the files of an installation lie, and the master key when it comes from outside. Plain data. */
export interface InstallationFiles {
  database: string
  keys: string
  masterKeyFile: string
  /** 32 bytes, or `null` to use the master key file. */
  masterKey: Uint8Array | null
}

/** An open installation: the log, the keys, and the connection that writes. */
export interface SqliteInstallation {
  db: SqliteDatabase
  log: SqliteLog
  keys: SqliteKeyStore
  close(): void
}

/**
 * Opens an installation for writing; makes a new one when there is nothing at all. What is only half there
 * is refused, because a fresh empty file in its place would hide the loss.
 *
 * @throws StartRefused with one line that says what is missing or wrong.
 */
export function openInstallation(files: InstallationFiles, now: string): SqliteInstallation {
  const found = inspect(files)
  if (!found.database) {
    if (found.keys) {
      throw new StartRefused(
        `${files.keys} is there, but the log ${files.database} is missing: restore it from a backup`,
      )
    }
    mkdirSync(dirname(files.database), { recursive: true, mode: 0o700 })
    mkdirSync(dirname(files.keys), { recursive: true, mode: 0o700 })
  }
  const master = files.masterKey ?? readMasterKeyFile(files.masterKeyFile)
  if (!master && (found.keys || found.commits)) {
    throw new StartRefused(
      `The master key is missing: neither OIDC_OP_MASTER_KEY nor ${files.masterKeyFile} holds it, and the keys cannot be read without it`,
    )
  }
  if (found.commits && !found.keys) {
    throw new StartRefused(
      `${files.database} holds a log, but its key file ${files.keys} is missing: restore it from a backup`,
    )
  }
  const wrap = new KeyWrap(master ?? createMasterKeyFile(files.masterKeyFile))
  const db = openForWriting(files.database)
  try {
    migrate(db, now)
    const log = new SqliteLog(db, ensureLogId(db, now))
    // One snapshot: another process may be writing at this very moment.
    db.transaction(() => assertTailIntact(db, log))()
    // While there is no commit, another start may be making the key file, or have died over it.
    const keys = found.commits
      ? SqliteKeyStore.open(files.keys, log.id, wrap)
      : SqliteKeyStore.create(files.keys, log.id, wrap)
    const close = () => {
      keys.close()
      db.close()
    }
    return { db, log, keys, close }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Opens the keys of an installation that is already open in another thread or connection. */
export function openKeys(files: InstallationFiles, log: string): SqliteKeyStore {
  const master = files.masterKey ?? readMasterKeyFile(files.masterKeyFile)
  if (!master) throw new StartRefused(`The master key file ${files.masterKeyFile} is missing`)
  return SqliteKeyStore.open(files.keys, log, new KeyWrap(master))
}

/** Looks at what is there, without writing anything. @throws StartRefused for a foreign or newer database. */
function inspect(files: InstallationFiles): { database: boolean; commits: boolean; keys: boolean } {
  const keys = existsSync(files.keys) && statSync(files.keys).size > 0
  if (!existsSync(files.database) || statSync(files.database).size === 0)
    return { database: false, commits: false, keys }
  const db = openForReading(files.database)
  try {
    const tables = readTables(db, files.database)
    if (tables.length > 0 && !tables.includes('_migrations')) {
      throw new StartRefused(`${files.database} is a database of another program`)
    }
    refuseNewer(db)
    const commits =
      tables.includes('commits') && db.prepare('SELECT 1 FROM commits LIMIT 1').get() !== undefined
    return { database: true, commits, keys }
  } finally {
    db.close()
  }
}

function readTables(db: SqliteDatabase, path: string): string[] {
  try {
    return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
  } catch (cause) {
    throw new StartRefused(`${path} is damaged or not a database`, { cause })
  }
}

function ensureLogId(db: SqliteDatabase, now: string): string {
  return db
    .transaction(() => {
      const id = db.prepare('SELECT id FROM log').pluck().get()
      if (typeof id === 'string') return id
      const fresh = newId()
      db.prepare('INSERT INTO log (id, created_at) VALUES (?, ?)').run(fresh, now)
      return fresh
    })
    .immediate()
}
