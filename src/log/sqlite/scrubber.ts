import type { Alone, Scrubber } from '../port.ts'
import type { SqliteDatabase } from './database.ts'
import { searchWhileFrozen } from './search-frozen-file.ts'
import { truncateWal } from './wal.ts'

/**
 * Removes the traces of erased people from the database file. Deleted rows are zeroed at once (`secure_delete`), and
 * truncating the WAL removes the copies in it; but a row that SQLite once moved between pages may have left a copy in
 * a gap of the old page. So the file is searched, and rewritten only when something is found.
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
