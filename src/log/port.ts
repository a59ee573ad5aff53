import type { Commit, Head } from '../events/commit.ts'
import type { StoredEvent } from '../events/envelope.ts'

/** The stored answer to a command. */
export interface CommandOutcome {
  position: number
  /** The sequence number of the last event of the commit that holds it. */
  sequence: number
  /** JSON text. */
  outcome: string
}

/**
 * Decides, among all nodes, whose commit is at a position. SQLite needs no arbiter, because its write lock decides.
 * Appending is a compare-and-set on the position: it succeeds only for the first commit there.
 */
export interface CommitArbiter {
  /**
   * Appends durably, or answers that the position is taken.
   *
   * @throws Refusal `outcome_unknown` when it is not known which of the two happened.
   */
  append(commit: Commit): Promise<'appended' | 'taken'>
  /** Reads the commits after a position, in order. */
  commitsAfter(position: number, limit: number): Promise<Commit[]>
  /** Reads the hash of the commit at a position, `null` when there is none, and whether more follow. */
  compare(position: number): Promise<{ hash: Uint8Array | null; grown: boolean }>
  /** Reads the hash at a position with certainty, also right after another server became the primary. */
  hashAt(position: number): Promise<Uint8Array | null>
  /** Calls back when there may be new commits; it may miss some. Returns a function that stops it. */
  watch(onChange: () => void): () => void
}

/** The log as the writer of one node sees it: tables that share a transaction with the read models. */
export interface LocalLog {
  readonly id: string
  head(): Head
  insert(commit: Commit): void
  outcomeOf(commandId: string): CommandOutcome | null
  eventsAt(sequences: readonly number[]): StoredEvent[]
  /** Finds events by the keys that seal them. Reads the whole log: only for the rare restart after a crash. */
  eventsWithKeys(keyIds: readonly string[]): StoredEvent[]
}

/** The one open transaction of the writer's connection. */
export interface Transaction {
  /** Begins, and takes the write lock, so that nothing changes between deciding and appending. */
  begin(): void
  commit(): void
  rollback(): void
  /** Runs `work` within a savepoint: when it throws, its writes are undone and the error is thrown on. */
  attempt<T>(work: () => T): T
}

/** Runs something as soon as no transaction is open on the writer's connection. */
export type Alone = <T>(work: () => T) => Promise<T>

/** Runs it now: for callers that never leave a transaction open, or have not begun anything else yet. */
export const runAtOnce: Alone = async (work) => work()

/** Overwrites the traces of erased people in the files of this node. */
export interface Scrubber {
  /**
   * Clears the WAL and free pages, then searches the files for the given byte strings, of four bytes or more each, so
   * that none remains except those that somebody else has too (`isShared`). Others go on writing during the search;
   * steps that cannot run meanwhile go through `alone`.
   */
  scrub(traces: readonly Uint8Array[], isShared: (trace: Uint8Array) => boolean, alone: Alone): Promise<void>
  /** Rewrites the files, when it is not known what to search for. No transaction may be open. */
  rewrite(): void
}

/** The scrubber of one node among several, whose files also hold traces of people whom other nodes erased. */
export interface ReplicaScrubbing extends Scrubber {
  /** Records, in the open transaction, that traces remain in the files until they are scrubbed. */
  traceLeft(of: { users: boolean; byOther: boolean }): void
}

/** The log for readers: the audit trail and the live stream. */
export interface LogReading {
  readonly id: string
  head(): Head
  /**
   * Reads up to `limit` events after a sequence number, in order. It stops once the payloads have more than
   * `characters`, but not before the second event.
   */
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[]
  /**
   * Reads single events by their sequence numbers, in the order asked for; unknown ones are left out. It stops at
   * `characters` in the same way.
   */
  eventsAt(sequences: readonly number[], characters?: number): StoredEvent[]
  /** Reads the hash of a commit, or `null` when the log has not reached the position. */
  hashOf(position: number): Uint8Array | null
  /** Answers whether the stream of an event has ended, at that event or after it: then its key is destroyed. */
  hasEnded(event: Pick<StoredEvent, 'stream' | 'sequence'>): boolean
}
