import type { DocumentIndex, DocumentKind, DocumentStore, StoredDocument } from '../../src/documents/port.ts'
import { CLOCK_SKEW, type Clock, isCurrent } from '../../src/kernel/clock.ts'

interface Entry {
  readonly kind: DocumentKind
  /** JSON text, so that nobody shares an object with the store; of a counter its count. */
  content: { payload: string } | { count: number }
  expiresAt: number
  issuedAt: number
  consumedAt: number | null
  index: DocumentIndex
}

/** A document store for tests, in memory: every method runs to its end before another begins. */
export class MemoryDocuments implements DocumentStore {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many documents are kept, the ended ones included. */
  get size(): number {
    return this.#entries.size
  }

  async upsert(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<void> {
    const consumedAt = this.#living(kind, key)?.consumedAt ?? null
    const entry = { ...newEntry(kind, payload, expiresAt, index), issuedAt: this.#clock(), consumedAt }
    const holder = this.#holder(kind, index.uid)
    if (holder !== undefined) {
      const { uid: _, ...rest } = holder.index
      holder.index = rest
    }
    this.#entries.set(keyOf(kind, key), entry)
  }

  async insertOnce(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<boolean> {
    const entry = { ...newEntry(kind, payload, expiresAt, index), issuedAt: this.#clock() }
    if (this.#living(kind, key) !== undefined || this.#holder(kind, index.uid) !== undefined) return false
    this.#entries.set(keyOf(kind, key), entry)
    return true
  }

  async find(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    return stored(this.#living(kind, key))
  }

  async findByUid(kind: DocumentKind, uid: string): Promise<StoredDocument | null> {
    return stored(this.#holder(kind, uid))
  }

  async consume(kind: DocumentKind, key: string): Promise<boolean> {
    const entry = this.#living(kind, key)
    if (entry === undefined || entry.consumedAt !== null) return false
    entry.consumedAt = this.#clock()
    return true
  }

  async take(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    const entry = this.#living(kind, key)
    this.#entries.delete(keyOf(kind, key))
    return stored(entry)
  }

  async increment(kind: DocumentKind, key: string, by: number, expiresAt: number): Promise<number> {
    const start = { count: 0 }
    const living = this.#living(kind, key)
    const content = living?.content ?? start
    if (!('count' in content)) throw new TypeError(`This ${kind} holds a payload and cannot be counted`)
    content.count += wholeNumber(by)
    if (living === undefined) {
      const entry = { kind, content, expiresAt: wholeNumber(expiresAt), consumedAt: null, index: {} }
      this.#entries.set(keyOf(kind, key), { ...entry, issuedAt: this.#clock() })
    } else if (living.issuedAt - CLOCK_SKEW > this.#clock()) {
      living.issuedAt = this.#clock()
      living.expiresAt = Math.min(living.expiresAt, expiresAt)
    }
    return content.count
  }

  async remove(kind: DocumentKind, key: string): Promise<boolean> {
    return (await this.take(kind, key)) !== null
  }

  async revokeByGrant(grant: string): Promise<number> {
    return this.#revoke((entry) => entry.index.grant === grant)
  }

  async revokeByAccount(account: string): Promise<number> {
    return this.#revoke((entry) => entry.index.account === account)
  }

  async deleteIssuedAfter(time: number, limit: number): Promise<number> {
    const gone = [...this.#entries].filter(([, { issuedAt }]) => issuedAt > time).slice(0, limit)
    for (const [key] of gone) this.#entries.delete(key)
    return gone.length
  }

  async deleteExpired(limit = 1000, endedBy = this.#clock()): Promise<number> {
    const ended = [...this.#entries].filter(([, { expiresAt }]) => expiresAt <= endedBy)
    const gone = ended.toSorted(([, a], [, b]) => a.expiresAt - b.expiresAt).slice(0, wholeNumber(limit))
    for (const [key] of gone) this.#entries.delete(key)
    return gone.length
  }

  async clear(): Promise<void> {
    this.#entries.clear()
  }

  #living(kind: DocumentKind, key: string): Entry | undefined {
    const entry = this.#entries.get(keyOf(kind, key))
    return entry !== undefined && this.#lives(entry) ? entry : undefined
  }

  #holder(kind: DocumentKind, uid: string | undefined): Entry | undefined {
    if (uid === undefined) return undefined
    const holds = (entry: Entry) => entry.kind === kind && entry.index.uid === uid && this.#lives(entry)
    return [...this.#entries.values()].find(holds)
  }

  #lives({ content, issuedAt, expiresAt }: Entry): boolean {
    return isCurrent({ from: 'count' in content ? 0 : issuedAt, until: expiresAt }, this.#clock())
  }

  #revoke(condition: (entry: Entry) => boolean): number {
    const revoked = [...this.#entries].filter(([, entry]) => condition(entry))
    for (const [key] of revoked) this.#entries.delete(key)
    return revoked.filter(([, entry]) => this.#lives(entry)).length
  }
}

function newEntry(
  kind: DocumentKind,
  payload: unknown,
  expiresAt: number,
  index: DocumentIndex,
): Omit<Entry, 'issuedAt'> {
  const text: string | undefined = JSON.stringify(payload)
  if (text === undefined) throw new TypeError('A payload must be something that JSON can write')
  return { kind, content: { payload: text }, expiresAt: wholeNumber(expiresAt), consumedAt: null, index }
}

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number`)
  return value
}

function keyOf(kind: DocumentKind, key: string): string {
  return JSON.stringify([kind, key])
}

function stored(entry: Entry | undefined): StoredDocument | null {
  if (entry === undefined) return null
  const { content, expiresAt, consumedAt } = entry
  return { payload: 'count' in content ? content.count : JSON.parse(content.payload), expiresAt, consumedAt }
}
