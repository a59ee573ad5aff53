import type { Head } from '../events/commit.ts'
import type { Clock } from '../kernel/clock.ts'
import type { RandomSource } from '../kernel/random.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { KeyStock } from '../log/keys/key-stock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { CommitArbiter, LocalLog, Scrubber, Transaction } from '../log/port.ts'
import type { Projector } from '../projections/projector.ts'
import type { Views } from '../projections/views.ts'

/** Applies writes that are not events but share a batch, and so its disk sync: on SQLite, those of the documents. */
export interface DocumentWrites {
  apply(operation: unknown): unknown
  /** Removes the documents of users that the batch erased. */
  forget(userids: readonly string[]): void
}

/** What the engine uses. */
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
  /** How many calls may wait; further ones are refused with `overloaded`. 10,000 by default. */
  queueLimit?: number
  /** How many commands may share one commit. 256 by default. */
  batchLimit?: number
}

/** What an engine needs from the other nodes: whose turn it is, and the commits they appended meanwhile. */
export interface SharedLog {
  arbiter: Pick<CommitArbiter, 'append' | 'compare'>
  /** Waits while other nodes come first. */
  turn(): Promise<void>
  /** Applies the commits of other nodes. @throws Refusal `storage_failed` when they do not follow from the local ones. */
  catchUp(): Promise<unknown>
  /** Removes what is stored elsewhere about erased users. Doing it twice does no harm. */
  forget(userids: readonly string[]): Promise<void>
}
