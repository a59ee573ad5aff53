import { Refusal } from '../../kernel/refusal.ts'
import { BUSY_TIMEOUT, type SqliteDatabase } from './database.ts'
import { retryBlocking } from './retry-blocking.ts'

/** How long to try again while somebody else moves the journal, in milliseconds. */
const PATIENCE = 2000

/**
 * Moves everything from the journal into the database file and empties the journal, so that no copy of an
 * overwritten page is left in it.
 *
 * @throws Refusal `overloaded` when somebody goes on reading an old state for so long that it has to stay.
 */
export function truncateWal(db: SqliteDatabase): void {
  if (!retryBlocking(() => tryToTruncateWal(db), PATIENCE)) throw walIsRead()
}

/** As `truncateWal`, but at once: answers whether it could be. */
export function tryToTruncateWal(db: SqliteDatabase): boolean {
  db.pragma('busy_timeout = 0')
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return result?.busy === 0
  } finally {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT}`)
  }
}

/** The refusal of what needs an empty journal. */
export function walIsRead(): Refusal {
  return new Refusal('overloaded', 'The journal cannot be emptied while an old state is being read')
}

/**
 * Moves what an earlier process left in the journal into the database file, as far as nobody reads an older
 * state. After a failed sync the journal may look whole and yet be in memory only, where a loss of power takes
 * it: what is appended must not rest on it.
 */
export function checkpointWal(db: SqliteDatabase): void {
  db.pragma('wal_checkpoint(PASSIVE)')
}
