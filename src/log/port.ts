import type { Commit, Head } from '../events/commit.ts'
import type { StoredEvent } from '../events/envelope.ts'

/** The stored answer of a command. */
export interface CommandOutcome {
  position: number
  /** The sequence number of the last event of the commit that holds it. */
  sequence: number
  /** JSON text. */
  outcome: string
}

/**
 * Decides, among all nodes, whose commit stands at a position. SQLite needs none: its write lock does it.
 * Appending is a compare-and-set on the position: it succeeds only for the first commit that asks for it.
 */
export interface CommitArbiter {
  /**
   * Appends durably, or tells that the position is taken.
   *
   * @throws Refusal `outcome_unknown` when it could not be found out which of the two happened.
   */
  append(commit: Commit): Promise<'appended' | 'taken'>
  /** Reads the commits behind a position, in order. */
  commitsAfter(position: number, limit: number): Promise<Commit[]>
  /** Looks at a position: the hash of the commit there, `null` when there is none, and whether more follow. */
  compare(position: number): Promise<{ hash: Uint8Array | null; grown: boolean }>
  /** Reads the hash at a position beyond doubt, also right after another server became the primary. */
  hashAt(position: number): Promise<Uint8Array | null>
  /** Calls back when there may be something new; a hint only. Gives back what stops it. */
  watch(onHint: () => void): () => void
}

/** The log as the writer of one node sees it: the tables that the read models share a transaction with. */
export interface LocalLog {
  readonly id: string
  head(): Head
  insert(commit: Commit): void
  outcomeOf(commandId: string): CommandOutcome | null
  eventsAt(sequences: readonly number[]): StoredEvent[]
  /** Finds events by the keys that seal them. Reads the whole log: for the rare restart after a crash only. */
  eventsWithKeys(keyIds: readonly string[]): StoredEvent[]
}

/** The one open transaction of the writer's connection. */
export interface Transaction {
  /** Takes the write lock, so that nothing changes between deciding and appending. */
  begin(): void
  commit(): void
  rollback(): void
  /** Runs `work` behind a savepoint: when it throws, its writes are undone and the error goes on. */
  attempt<T>(work: () => T): T
}

/** Runs something as soon as no transaction is open on the writer's connection. */
export type Alone = <T>(work: () => T) => Promise<T>

/** Runs it now: where nothing leaves a transaction open, or nothing else has begun yet. */
export const runAtOnce: Alone = async (work) => work()

/** Overwrites what an erased person left in the files of this node. */
export interface Scrubber {
  /**
   * Clears journals and free pages, then searches the files for the given bytes, of four or more each, so that
   * none is left but what `isShared` says somebody else has too. Others write on while it searches; `alone` is asked
   * for what cannot be done meanwhile.
   */
  scrub(traces: readonly Uint8Array[], isShared: (trace: Uint8Array) => boolean, alone: Alone): Promise<void>
  /** Writes the files anew, where it is not known what to search for. No transaction may be open. */
  rewrite(): void
}

/** The scrubber of one node among several, whose files also hold traces of whom other nodes erased. */
export interface ReplicaScrubbing extends Scrubber {
  /** Notes, in the open transaction, what is left in the files until they are scrubbed. */
  traceLeft(of: { users: boolean; byOther: boolean }): void
}

/** The log as those see it who only read: the audit trail and the live stream. */
export interface LogReading {
  readonly id: string
  head(): Head
  /**
   * Reads up to `limit` events behind a sequence number, in order. It ends after the second event at the earliest, once
   * their payloads have more than `characters`.
   */
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[]
  /**
   * Reads single events by their sequence numbers, in the order asked for; unknown ones are left out. It ends with
   * `characters` as above.
   */
  eventsAt(sequences: readonly number[], characters?: number): StoredEvent[]
  /** Reads the hash of a commit, or `null` when the log has not come to the position. */
  hashOf(position: number): Uint8Array | null
  /** Tells whether an event has ended the stream of another one, at its place or after it: then its key is destroyed. */
  hasEnded(event: Pick<StoredEvent, 'stream' | 'sequence'>): boolean
}
