import { existsSync, rmSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { SqliteLog } from './commit-log.ts'
import { lockAlone, openForWriting, type SqliteDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { ReplicaScrubber } from './replica-scrubber.ts'
import { assertTailIntact } from './tail-check.ts'

/** A copy of a shared log with its read models, in a file of this node that can be rebuilt at any time. */
export interface Replica {
  db: SqliteDatabase
  log: SqliteLog
  scrubber: ReplicaScrubber
  close(): void
}

/**
 * Opens the replica of a log. A replica that is damaged, of another log, or of a newer program is discarded: the caller
 * fills the new one from the shared log.
 *
 * @throws StartRefused when the file cannot be made, or an unusable one is in use by another process.
 */
export function openReplica(path: string, log: string, now: string): Replica {
  const kept = existsSync(path) ? openKept(path, log, now) : null
  if (kept) return kept
  discardReplica(path)
  const made = openSound(path, log, now)
  if (!made) throw new StartRefused(`${path} cannot be used as replica`)
  return made
}

/** Discards a replica. @throws StartRefused while another process uses it. */
export function discardReplica(path: string): void {
  try {
    if (existsSync(path)) lockAlone(path)?.close()
  } catch (cause) {
    throw new StartRefused(`${path} is no sound replica of this log, and is in use`, { cause })
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

function openKept(path: string, log: string, now: string): Replica | null {
  try {
    return openSound(path, log, now)
  } catch (error) {
    if (error instanceof StartRefused || isDamage(error)) return null
    throw error
  }
}

/** Opens the file if it is a sound copy of this log, and fills in an empty one; `null` for another log. */
function openSound(path: string, id: string, now: string): Replica | null {
  const db = openForWriting(path, 'NORMAL')
  try {
    migrate(db, now)
    db.prepare('INSERT INTO log (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM log)').run(id)
    const log = new SqliteLog(db, id)
    if (db.prepare('SELECT id FROM log').pluck().get() !== id) {
      db.close()
      return null
    }
    db.transaction(() => assertTailIntact(db, log))()
    const scrubber = new ReplicaScrubber(db)
    scrubber.resume()
    return { db, log, scrubber, close: () => db.close() }
  } catch (error) {
    db.close()
    throw error
  }
}

function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^SQLITE_(CORRUPT|NOTADB|ERROR)/.test(code)
}
