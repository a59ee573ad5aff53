import type { Alone, ReplicaScrubbing } from '../port.ts'
import type { SqliteDatabase } from './database.ts'
import { SqliteScrubber } from './scrubber.ts'
import { walIsRead } from './wal.ts'

/** Marks in the header of the file, written in the transaction that leaves the traces. */
const OF_OTHERS = 1
const OF_USERS = 2

/**
 * Scrubs a replica. What other nodes erased can no longer be searched for, because its keys are destroyed: when it
 * concerns people, the file is rewritten.
 */
export class ReplicaScrubber implements ReplicaScrubbing {
  readonly #db: SqliteDatabase
  readonly #scrubber: SqliteScrubber
  /** Counts left traces: a search may miss those that are left while it runs. */
  #left = 0
  #searching = false

  constructor(db: SqliteDatabase) {
    this.#db = db
    this.#scrubber = new SqliteScrubber(db)
  }

  traceLeft(of: { users: boolean; byOther: boolean }): void {
    this.#left += 1
    this.#mark(this.#marks() | (of.users ? OF_USERS : 0) | (of.byOther ? OF_OTHERS : 0))
  }

  /** Finishes a rewrite that a crash interrupted, or that a reader prevented. */
  resume(): void {
    if (this.#marks() & OF_USERS) this.rewrite()
  }

  async scrub(
    traces: readonly Uint8Array[],
    isShared: (trace: Uint8Array) => boolean,
    alone: Alone,
  ): Promise<void> {
    const left = this.#left
    if (this.#marks() !== (OF_USERS | OF_OTHERS)) await this.#search(traces, isShared, alone)
    await alone(() => {
      const marks = this.#marks()
      if (marks === (OF_USERS | OF_OTHERS)) this.rewrite()
      else if (this.#left === left) this.#mark(marks & ~OF_USERS)
    })
  }

  /** @throws Refusal `overloaded` during a search, after which it is done, and as `truncateWal` does. */
  rewrite(): void {
    if (this.#searching) throw walIsRead()
    this.#scrubber.rewrite()
    this.#mark(0)
  }

  async #search(...search: Parameters<SqliteScrubber['scrub']>): Promise<void> {
    this.#searching = true
    try {
      await this.#scrubber.scrub(...search)
    } finally {
      this.#searching = false
    }
  }

  #marks(): number {
    return this.#db.pragma('user_version', { simple: true }) as number
  }

  #mark(marks: number): void {
    if (marks !== this.#marks()) this.#db.pragma(`user_version = ${marks}`)
  }
}
