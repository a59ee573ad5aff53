import { Refusal } from '../../kernel/refusal.ts'
import type { SqliteDatabase } from './database.ts'

/** How long to try again while somebody else moves the journal, for which SQLite itself does not wait; in ms. */
const PATIENCE = 2000
const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/**
 * Moves everything from the journal into the database file and empties the journal, so that no copy of an
 * overwritten page is left in it.
 *
 * @throws Refusal `overloaded` when somebody goes on reading an old state for so long that it has to stay.
 */
export function truncateJournal(db: SqliteDatabase): void {
  const until = performance.now() + PATIENCE
  for (;;) {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (result?.busy === 0) return
    if (performance.now() > until) {
      throw new Refusal('overloaded', 'The journal cannot be emptied while an old state is being read')
    }
    Atomics.wait(PAUSE, 0, 0, 5)
  }
}

/**
 * Moves what an earlier process left in the journal into the database file, as far as nobody reads an older
 * state. After a failed sync the journal may look whole and yet be in memory only, where a loss of power takes
 * it: what is appended must not rest on it.
 */
export function settleJournal(db: SqliteDatabase): void {
  db.pragma('wal_checkpoint(PASSIVE)')
}
