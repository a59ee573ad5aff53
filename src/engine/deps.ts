import type { Head } from '../events/commit.ts'
import type { Clock } from '../kernel/clock.ts'
import type { RandomSource } from '../kernel/random.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { KeyStock } from '../log/keys/key-stock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { CommitArbiter, LocalLog, Scrubber, Transaction } from '../log/port.ts'
import type { Projector } from '../projections/projector.ts'
import type { Views } from '../projections/views.ts'

/** Writes that are no events but share a batch, and so the sync of the disk: on SQLite, the documents. */
export interface DocumentWrites {
  apply(operation: unknown): unknown
  /** Removes what belongs to users that the batch erased. */
  forget(userids: readonly string[]): void
}

/** What the engine stands on. */
export interface EngineDeps {
  transaction: Transaction
  log: LocalLog
  keys: KeyStore
  stock: KeyStock
  projector: Projector
  views: Views
  scrubber: Scrubber
  documentWrites: DocumentWrites
  clock: Clock
  random: RandomSource
  /** Only where several nodes share a log. */
  shared?: SharedLog
  /** Called with the new head after every durable commit. */
  onCommit?: (head: Head) => void
  /** Called once, when nothing can be written any more. */
  onFailure?: (failure: Refusal) => void
  /** How many may wait at most; beyond that callers are told `overloaded` (10,000 unless told). */
  queueLimit?: number
  /** How many share one commit at most (256 unless told). */
  batchLimit?: number
}

/** What the engine of one node needs of the others: who is first, and what they appended meanwhile. */
export interface SharedLog {
  arbiter: Pick<CommitArbiter, 'append' | 'compare'>
  /** Waits while other nodes come first. */
  turn(): Promise<void>
  /** Takes in what other nodes appended. @throws Refusal `storage_failed` when it does not follow from what is here. */
  catchUp(): Promise<unknown>
  /** Removes what is kept elsewhere about users that were erased. Doing it twice does no harm. */
  forget(userids: readonly string[]): Promise<void>
}
