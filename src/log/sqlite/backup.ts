import { closeSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { newId } from '../../kernel/ids.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { syncDirectory } from '../sync-directory.ts'
import { type BackupContent, type BackupFiles, writeBackupFile } from './backup-file.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, openUnsynced } from './database.ts'
import { openExistingSqliteLog } from './existing-log.ts'
import type { InstallationFiles } from './inspection.ts'

/** The tables of a log, and the one that lists their migrations. */
const LOG_TABLES = ['_migrations', 'log', 'commits', 'commands', 'events']

/**
 * Writes one file that holds the log and the keys, while the service may go on writing. The log is copied first and
 * the keys after it: a key is stored before its first event, so every key is there. The copy has no key of anyone who
 * was erased meanwhile, so the commits up to then are added to the log. The file gets its name when all of it is on
 * the disk, and the function returns only when the name is too.
 *
 * @throws StartRefused when the file exists already or cannot be made, or the installation cannot be read.
 */
export function writeBackup(files: InstallationFiles, target: string, now: string): BackupContent {
  openExistingSqliteLog(files).close()
  if (isThere(target)) throw alreadyThere(target)
  const draft = `${target}.partial-${newId()}`
  const copies: BackupFiles = { log: `${draft}-log`, keys: `${draft}-keys` }
  try {
    tryToMake(draft, target)
    copyLog(files.database, copies.log)
    copyKeys(files.keys, copies.keys)
    addWhatFollowed(files.database, copies)
    const content = { ...headOf(copies.log), created_at: now }
    writeBackupFile(draft, content, copies)
    giveName(draft, target)
    return content
  } finally {
    for (const path of [draft, copies.log, copies.keys]) rmSync(path, { force: true })
  }
}

function tryToMake(draft: string, target: string): void {
  try {
    closeSync(openSync(draft, 'wx', 0o600))
  } catch (error) {
    throw new StartRefused(`${target} cannot be written: ${codeOf(error)}`, { cause: error })
  }
}

/** Gives the finished file its name, unless another file has taken it meanwhile. */
function giveName(draft: string, target: string): void {
  try {
    linkSync(draft, target)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw alreadyThere(target)
    // Not every file system supports hard links.
    if (isThere(target)) throw alreadyThere(target)
    renameSync(draft, target)
  }
  syncDirectory(dirname(resolve(target)))
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined
const alreadyThere = (path: string) => new StartRefused(`${path} exists already; name another file`)

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

// Rewritten page by page, so that destroyed keys in free pages do not get into the copy.
function copyKeys(path: string, target: string): void {
  const keys = openForReading(path)
  try {
    keys.prepare('VACUUM INTO ?').run(target)
  } finally {
    keys.close()
  }
}

/**
 * Copies the log alone. The read models would hold people's data in the clear, and a restore builds them again;
 * without them, nobody can read a backup without the master key.
 */
function copyLog(source: string, target: string): void {
  const db = openUnsynced(target)
  try {
    db.prepare('ATTACH ? AS live').run(source)
    db.exec('BEGIN')
    const definitions = db
      .prepare(`SELECT sql FROM live.sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, rowid`)
      .pluck()
      .all() as string[]
    for (const definition of definitions) db.exec(definition)
    for (const table of LOG_TABLES) db.exec(`INSERT INTO main.${table} SELECT * FROM live.${table}`)
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

/**
 * Adds the commits that were appended before the keys were copied, erasures included. It stops at the first commit that
 * is sealed by a key which the copy does not have: that commit came later.
 */
function addWhatFollowed(source: string, copies: BackupFiles): void {
  const db = openUnsynced(copies.log)
  try {
    db.prepare('ATTACH ? AS live').run(source)
    db.prepare('ATTACH ? AS keys').run(copies.keys)
    db.exec('BEGIN')
    const from = db.prepare('SELECT coalesce(max(position), 0) FROM main.commits').pluck().get()
    const end = db
      .prepare(
        `SELECT coalesce(min(position), 9e15) FROM live.events WHERE position > ? AND key_id IS NOT NULL
         AND key_id NOT IN (SELECT id FROM keys.subject_keys)`,
      )
      .pluck()
      .get(from)
    for (const table of ['commits', 'commands', 'events']) {
      db.prepare(
        `INSERT INTO main.${table} SELECT * FROM live.${table} WHERE position > ? AND position < ?`,
      ).run(from, end)
    }
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

function headOf(copy: string): Omit<BackupContent, 'created_at'> {
  const db = openForReading(copy)
  try {
    const head = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string).head()
    return { ...head, hash: Buffer.from(head.hash).toString('hex') }
  } finally {
    db.close()
  }
}
