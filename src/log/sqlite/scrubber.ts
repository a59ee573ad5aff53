import type { Alone, Scrubber } from '../port.ts'
import type { SqliteDatabase } from './database.ts'
import { searchWhileFrozen } from './search-frozen-file.ts'
import { truncateWal } from './wal.ts'

/**
 * Removes what an erased person left in the database file. Deleted rows are zeroed as they go
 * (`secure_delete`), and truncating the journal removes the copies in it; but a row that SQLite once moved
 * between pages may have left a copy in the gap of the old page. So the file is searched, and only when
 * something is found the database is written anew.
 */
export class SqliteScrubber implements Scrubber {
  readonly #db: SqliteDatabase

  constructor(db: SqliteDatabase) {
    this.#db = db
  }

  async scrub(
    traces: readonly Uint8Array[],
    isShared: (trace: Uint8Array) => boolean,
    alone: Alone,
  ): Promise<void> {
    const found = await searchWhileFrozen(this.#db, traces, alone)
    if (found.length === 0) return
    await alone(() => {
      if (!found.every(isShared)) this.rewrite()
    })
  }

  rewrite(): void {
    this.#db.exec('VACUUM')
    truncateWal(this.#db)
  }
}
