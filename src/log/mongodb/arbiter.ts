import type { Collection } from 'mongodb'
import type { Commit } from '../../events/commit.ts'
import type { Clock } from '../../kernel/clock.ts'
import { asking, isDuplicateKey, isMongoFault } from '../../kernel/mongodb-faults.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { CommitArbiter } from '../port.ts'
import { type CommitDocument, fromDocument, toDocument } from './commit-document.ts'
import { DURABLE } from './connection.ts'

/** How long an unknown outcome of an append is looked into, in milliseconds. */
const DEADLINE = 20_000
/** The shortest and the longest pause between two tries, in milliseconds. */
const PAUSE = { least: 5, most: 500 }

const MAJORITY = { readConcern: 'majority', readPreference: 'primary' } as const

/**
 * Appends commits to a MongoDB collection: one document each, its `_id` the position, so that the server accepts only
 * one of several inserts at a position. The outcome of an insert is found by reading the position back and comparing
 * the commit's id, never from the text of an error.
 */
export class MongoArbiter implements CommitArbiter {
  readonly #commits: Collection<CommitDocument>
  readonly #clock: Clock
  readonly #deadline: number

  /** @param deadline how long an unknown outcome is looked into, in milliseconds. */
  constructor(commits: Collection<CommitDocument>, clock: Clock, deadline = DEADLINE) {
    this.#commits = commits
    this.#clock = clock
    this.#deadline = deadline
  }

  async append(commit: Commit): Promise<'appended' | 'taken'> {
    const document = toDocument(commit)
    const until = this.#clock() + this.#deadline
    let pause = PAUSE.least
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#insert(document)
      if (failure === null) return 'appended'
      if (attempt === 1 && isRejection(failure)) {
        throw new Refusal('storage_unavailable', 'The database does not take the commit', { cause: failure })
      }
      // A commit on a majority is final. An insert that fewer servers have counts as none, and is retried: it is the
      // same document under the same `_id`.
      const owner = await this.#ownerOf(commit.position)
      if (owner === commit.id) return 'appended'
      if (typeof owner === 'string') return 'taken'
      if (this.#clock() > until) throw overdue(failure, owner)
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(pause * 2, PAUSE.most)
    }
  }

  /** Inserts, and returns the error if it may have failed. */
  async #insert(document: CommitDocument): Promise<Error | null> {
    try {
      await this.#commits.insertOne(document, DURABLE)
      return null
    } catch (error) {
      if (!isMongoFault(error)) throw error
      return error
    }
  }

  /** Finds the id of the commit at a position: `null` for none, `undefined` when the server does not answer. */
  async #ownerOf(position: number): Promise<string | null | undefined> {
    try {
      const found = await this.#commits.findOne({ _id: position }, { ...MAJORITY, projection: { id: 1 } })
      return found?.id ?? null
    } catch (error) {
      if (!isMongoFault(error)) throw error
      return undefined
    }
  }

  async commitsAfter(position: number, limit: number): Promise<Commit[]> {
    const found = await asking('storage_unavailable', () =>
      this.#commits
        .find({ _id: { $gt: position } }, MAJORITY)
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    )
    return found.map(fromDocument)
  }

  async compare(position: number): Promise<{ hash: Uint8Array | null; grown: boolean }> {
    const found = await asking('storage_unavailable', () =>
      this.#commits
        .find({ _id: { $gte: position } }, { ...MAJORITY, projection: { hash: 1 } })
        .sort({ _id: 1 })
        .limit(2)
        .toArray(),
    )
    const own = found.find(({ _id }) => _id === position)
    return { hash: own?.hash ?? null, grown: found.some(({ _id }) => _id > position) }
  }

  async hashAt(position: number): Promise<Uint8Array | null> {
    const linearizable = {
      readConcern: 'linearizable',
      readPreference: 'primary',
      maxTimeMS: 10_000,
    } as const
    const found = await asking('storage_unavailable', () =>
      this.#commits.findOne({ _id: position }, { ...linearizable, projection: { hash: 1 } }),
    )
    return found?.hash ?? null
  }

  /** Reads the epoch of the last commit; `null` when there is none. */
  async lastEpoch(): Promise<number | null> {
    const last = await asking('storage_unavailable', () =>
      this.#commits.findOne({}, { ...MAJORITY, sort: { _id: -1 }, projection: { epoch: 1 } }),
    )
    return last?.epoch ?? null
  }

  watch(onChange: () => void): () => void {
    const stream = this.#commits.watch([{ $match: { operationType: 'insert' } }], { maxAwaitTimeMS: 1_000 })
    stream.on('change', onChange)
    // The server has no change streams, or this one ended: polling goes on and misses nothing.
    stream.on('error', () => stream.close().catch(ignoreClosed))
    return () => stream.close().catch(ignoreClosed)
  }
}

function ignoreClosed(error: unknown): void {
  if (!isMongoFault(error)) throw error
}

/** The server's codes for: not authorised, authentication failed, document too large. */
const REJECTIONS: readonly unknown[] = [13, 18, 10334]

/** Tells whether the server rejected an insert for good, so that nothing was written. */
function isRejection(error: Error): boolean {
  if (error.name === 'MongoInvalidArgumentError') return true
  return 'code' in error && REJECTIONS.includes(error.code)
}

/** Makes the refusal at the deadline. */
function overdue(cause: Error, owner: null | undefined): Refusal {
  if (owner === null && isDuplicateKey(cause)) {
    // Another unique index failed: the previous hash, or the id of a command, is at another position.
    return new Refusal('storage_failed', 'The shared log is damaged: a commit is at a wrong position', {
      cause,
    })
  }
  return new Refusal('outcome_unknown', 'The database did not say whether the commit was written', { cause })
}
