import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { StartRefused } from '../../kernel/fault.ts'
import { newId } from '../../kernel/ids.ts'
import { type BackupContent, type BackupFiles, writeBackupFile } from './backup-file.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, openForScratch } from './database.ts'
import { openExisting } from './existing.ts'
import type { InstallationFiles } from './inspection.ts'

/** What a log consists of, and which migrations its tables come from. */
const LOG_TABLES = ['_migrations', 'log', 'commits', 'commands', 'events']

/**
 * Writes one file that holds the log and the keys, while the service may go on writing. The log is copied first
 * and the keys after it: a key is kept before its first event is, so every key is there.
 *
 * @throws StartRefused when the file exists already or cannot be made, or the installation cannot be read.
 */
export function writeBackup(files: InstallationFiles, target: string, now: string): BackupContent {
  openExisting(files).close()
  const draft = `${target}.partial-${newId()}`
  const copies: BackupFiles = { log: `${draft}-log`, keys: `${draft}-keys` }
  try {
    // An empty file holds the name, so that none that appears in the meantime is replaced.
    reserve(target)
    try {
      copyLog(files.database, copies.log)
      copyKeys(files.keys, copies.keys)
      const content = { ...headOf(copies.log), created_at: now }
      writeBackupFile(draft, content, copies)
      renameSync(draft, target)
      return content
    } catch (error) {
      rmSync(target, { force: true })
      throw error
    }
  } finally {
    for (const path of [draft, copies.log, copies.keys]) rmSync(path, { force: true })
  }
}

function reserve(target: string): void {
  try {
    closeSync(openSync(target, 'wx', 0o600))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') throw new StartRefused(`${target} exists already; name another file`)
    throw new StartRefused(`${target} cannot be written: ${String(code)}`, { cause: error })
  }
}

// Written anew page by page: what was destroyed and lies about in free pages does not get into the copy.
function copyKeys(path: string, target: string): void {
  const keys = openForReading(path)
  try {
    keys.prepare('VACUUM INTO ?').run(target)
  } finally {
    keys.close()
  }
}

/**
 * Copies the log alone. The tables that are made from it would hold people's data in the clear, and they are
 * made again by a restore; without them, nobody reads in a backup who does not have the master key.
 */
function copyLog(source: string, target: string): void {
  const db = openForScratch(target)
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

function headOf(copy: string): Omit<BackupContent, 'created_at'> {
  const db = openForReading(copy)
  try {
    const head = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string).head()
    return { ...head, hash: Buffer.from(head.hash).toString('hex') }
  } finally {
    db.close()
  }
}
