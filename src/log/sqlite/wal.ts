import { Refusal } from '../../kernel/refusal.ts'
import { BUSY_TIMEOUT, type SqliteDatabase } from './database.ts'
import { retryBlocking } from './retry-blocking.ts'

/** How long to retry while another connection checkpoints the WAL, in milliseconds. */
const PATIENCE = 2000

/**
 * Checkpoints the whole WAL and truncates it, so that no copy of an overwritten page is left in it.
 *
 * @throws Refusal `overloaded` when a reader holds an old state for too long.
 */
export function truncateWal(db: SqliteDatabase): void {
  if (!retryBlocking(() => tryToTruncateWal(db), PATIENCE)) throw walIsRead()
}

/** Tries to truncate the WAL once; answers whether it succeeded. */
export function tryToTruncateWal(db: SqliteDatabase): boolean {
  db.pragma('busy_timeout = 0')
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return result?.busy === 0
  } finally {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT}`)
  }
}

/** Makes the refusal of a step that needs an empty WAL. */
export function walIsRead(): Refusal {
  return new Refusal('overloaded', 'The WAL cannot be truncated while an old state is being read')
}

/**
 * Checkpoints the WAL that an earlier process left, as far as no reader needs an older state. After a failed sync the
 * WAL may look complete and yet be in memory only, where a power failure loses it: new commits must not depend on it.
 */
export function checkpointWal(db: SqliteDatabase): void {
  db.pragma('wal_checkpoint(PASSIVE)')
}
