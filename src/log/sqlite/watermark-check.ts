import { existsSync, rmSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { readWatermark, watermarkPath } from '../watermark/file.ts'
import type { Watermark } from '../watermark/record.ts'
import { SqliteLog } from './commit-log.ts'
import { openForReading, openForWriting, type SqliteDatabase } from './database.ts'
import type { InstallationFiles } from './inspection.ts'
import { readState } from './key-file-state.ts'

/** What an operator can do about a log or keys that end too early; part of every message about it. */
const WAYS_OUT =
  'If a file was left behind or replaced (the database, its -wal file, keys.db, its -wal file), put it back as it was. ' +
  'Otherwise restore a backup with `countersign restore FILE`, or accept the loss with `countersign log accept-loss`, ' +
  'which begins a new epoch and notes it in the log'

/** What was on the disk, and what of it is missing. */
export interface Loss {
  /** Where the log ended, if that is known. */
  seen: Watermark | null
  /** What is missing, in one sentence. */
  what: string
}

/**
 * Compares a log and its keys with the watermark beside them, without writing anything: a WAL that is cut or damaged
 * must stay as it is until the operator decides.
 *
 * @throws StartRefused when something is missing.
 */
export function assertNothingLost(files: InstallationFiles): void {
  const loss = findLoss(files)
  if (loss) throw new StartRefused(`${loss.what}. ${WAYS_OUT}`)
}

/** Finds what the watermark has seen and the log or the keys no longer hold; `null` when nothing is missing. */
export function findLoss(files: InstallationFiles): Loss | null {
  const path = watermarkPath(files)
  // Read before the log: everything that the watermark states was in the log by then.
  const seen = readWatermark(path)
  if (!existsSync(files.database)) {
    return (
      seen && {
        seen,
        what: `The log ${files.database} is missing; it had reached position ${seen.position}`,
      }
    )
  }
  const db = openForReading(files.database)
  try {
    if (seen) {
      const what = lostSince(seen, db, files)
      return what === null ? null : { seen, what }
    }
    if (!isWatermarkKept(db)) return null
    // Another process may have made both just now, the file first.
    if (existsSync(path)) return findLoss(files)
    return {
      seen,
      what: `The watermark ${path} is missing, so nothing says whether the log ${db.name} is whole`,
    }
  } finally {
    db.close()
  }
}

/** Records that a watermark is kept from the first commit on, so that its absence is a fault. */
export function noteWatermarkKept(db: SqliteDatabase): void {
  if (isWatermarkKept(db) || db.prepare('SELECT 1 FROM commits LIMIT 1').get() === undefined) return
  db.exec('INSERT OR IGNORE INTO watermark_kept (only) VALUES (1)')
}

/** Removes the watermark of files that are about to be put in place, so that they begin a new one. They are not open. */
export function dropWatermark(files: { database: string; keys: string }): void {
  const db = openForWriting(files.database)
  try {
    db.exec('DELETE FROM watermark_kept')
  } finally {
    db.close()
  }
  rmSync(watermarkPath(files), { force: true })
}

function isWatermarkKept(db: SqliteDatabase): boolean {
  return hasTable(db, 'watermark_kept') && db.prepare('SELECT 1 FROM watermark_kept').get() !== undefined
}

function lostSince(seen: Watermark, db: SqliteDatabase, files: InstallationFiles): string | null {
  const id = hasTable(db, 'log') ? db.prepare('SELECT id FROM log').pluck().get() : undefined
  if (typeof id !== 'string') {
    return `${files.database} holds no log, but position ${seen.position} of log ${seen.log} was on the disk`
  }
  if (id !== seen.log) {
    return `${files.database} holds log ${id}, but the watermark ${watermarkPath(files)} is of log ${seen.log}`
  }
  const log = new SqliteLog(db, id)
  const head = log.head()
  // A restore or an accepted loss begins a new epoch, which is in the log itself.
  if (head.epoch > seen.epoch) return null
  if (head.position < seen.position) {
    return `The log ${files.database} ends at position ${head.position}, but position ${seen.position} was on the disk: commits are missing`
  }
  if (
    Buffer.from(log.hashOf(seen.position) ?? []).toString('hex') !== (seen.position === 0 ? '' : seen.hash)
  ) {
    return `The log ${files.database}, which ends at position ${head.position}, holds another commit at position ${seen.position} than the one that was on the disk`
  }
  return lostKeys(seen, files.keys)
}

function lostKeys(seen: Watermark, keys: string): string | null {
  const changes = existsSync(keys) ? keyChanges(keys) : 0
  if (changes >= seen.keys) return null
  return `The key file ${keys} ends at change ${changes}, but change ${seen.keys} was on the disk: keys are missing, or destroyed ones are back`
}

function keyChanges(keys: string): number {
  const db = openForReading(keys)
  try {
    return readState(db)?.changes ?? 0
  } finally {
    db.close()
  }
}

function hasTable(db: SqliteDatabase, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
}
