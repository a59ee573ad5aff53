import { storageRefusal } from '../../kernel/mongodb-faults.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Transaction } from '../port.ts'
import type { SqliteDatabase } from './database.ts'

/** Holds the writer's transaction on a SQLite connection, and turns storage errors into refusals. */
export class SqliteTransaction implements Transaction {
  readonly #db: SqliteDatabase
  readonly #onCommit: () => void
  readonly #begin
  readonly #commit
  readonly #rollback
  readonly #savepoint
  readonly #release
  readonly #undo

  /** @param onCommit called after every commit. */
  constructor(db: SqliteDatabase, onCommit: () => void = () => undefined) {
    this.#db = db
    this.#onCommit = onCommit
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollback = db.prepare('ROLLBACK')
    this.#savepoint = db.prepare('SAVEPOINT command')
    this.#release = db.prepare('RELEASE command')
    this.#undo = db.prepare('ROLLBACK TO command')
  }

  begin(): void {
    this.#guard(() => this.#begin.run(), 'storage_failed')
  }

  commit(): void {
    // After an error in the sync, only a restart shows whether the commit is on the disk.
    this.#guard(() => this.#commit.run(), 'outcome_unknown')
    this.#onCommit()
  }

  rollback(): void {
    // After some errors, SQLite has rolled back by itself.
    if (this.#db.inTransaction) this.#guard(() => this.#rollback.run(), 'storage_failed')
  }

  attempt<T>(work: () => T): T {
    this.#guard(() => this.#savepoint.run(), 'storage_failed')
    try {
      const result = work()
      this.#release.run()
      return result
    } catch (error) {
      const refusal = storageRefusal(error, 'storage_failed')
      // SQLite has rolled back everything: later writes would be outside of any transaction.
      if (!this.#db.inTransaction) throw refusal ?? lost(error)
      this.#undoAttempt()
      throw refusal ?? error
    }
  }

  #undoAttempt(): void {
    try {
      this.#undo.run()
      this.#release.run()
    } catch (error) {
      throw storageRefusal(error, 'storage_failed') ?? lost(error)
    }
  }

  #guard(work: () => void, onIoError: 'storage_failed' | 'outcome_unknown'): void {
    try {
      work()
    } catch (error) {
      throw storageRefusal(error, onIoError) ?? unforeseen(error, onIoError)
    }
  }
}

/** For any other error of a commit, it is not known either whether it came before or after the sync. */
function unforeseen(cause: unknown, onIoError: 'storage_failed' | 'outcome_unknown'): unknown {
  if (onIoError === 'storage_failed') return cause
  return new Refusal('outcome_unknown', 'The commit failed; whether it is on the disk is not known', {
    cause,
  })
}

function lost(cause: unknown): Refusal {
  return new Refusal('storage_failed', 'SQLite rolled back the whole transaction', { cause })
}
