import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { Scrubber } from '../port.ts'
import type { SqliteDatabase } from './database.ts'

const CHUNK = 1 << 20

/**
 * Removes what an erased person left in the database file. Deleted rows are zeroed as they go
 * (`secure_delete`), and truncating the journal removes the copies in it; but a row that SQLite once moved
 * between pages may have left a copy in the gap of the old page. So the files are searched, and only when
 * something is found the database is written anew.
 */
export class SqliteScrubber implements Scrubber {
  readonly #db: SqliteDatabase

  constructor(db: SqliteDatabase) {
    this.#db = db
  }

  scrub(traces: readonly Uint8Array[]): void {
    this.#truncateJournal()
    if (!fileHolds(this.#db.name, traces)) return
    this.#db.exec('VACUUM')
    this.#truncateJournal()
  }

  #truncateJournal(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
  }
}

/** Tells whether any of the byte strings stands anywhere in a file. */
export function fileHolds(path: string, traces: readonly Uint8Array[]): boolean {
  if (traces.length === 0 || !existsSync(path)) return false
  const needles = traces.map((trace) => Buffer.from(trace))
  const overlap = Math.max(...needles.map((needle) => needle.length)) - 1
  const buffer = Buffer.alloc(CHUNK + overlap)
  const file = openSync(path, 'r')
  try {
    let kept = 0
    for (;;) {
      const read = readSync(file, buffer, kept, CHUNK, null)
      if (read === 0) return false
      const window = buffer.subarray(0, kept + read)
      if (needles.some((needle) => window.includes(needle))) return true
      kept = Math.min(overlap, window.length)
      buffer.copyWithin(0, window.length - kept, window.length)
    }
  } finally {
    closeSync(file)
  }
}
