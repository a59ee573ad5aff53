import type { Collection } from 'mongodb'
import type { Clock } from '../../kernel/clock.ts'
import { asking } from '../../kernel/mongodb-faults.ts'
import { ANONYMOUS_KINDS, type Caps } from '../anonymous-kinds.ts'
import { documentKeyHash } from '../key-hash.ts'
import { decodeDocument, wholeNumber } from '../payload.ts'
import type { DocumentIndex, DocumentKind, DocumentStore, StoredDocument } from '../port.ts'
import { counting, storing } from '../storing.ts'
import { type MongoDocument, toRow } from './document.ts'
import { MongoDocumentTable } from './table.ts'

/** What the documents need. */
export interface MongoDocumentsDeps {
  documents: Collection<MongoDocument>
  clock: Clock
  /** Returns the position of the log on this node. */
  position(): number
  /** Waits briefly until this node has applied the log up to a position. */
  reached(position: number): Promise<unknown>
  /** The caps for anonymous callers; `ANONYMOUS_KINDS` by default. */
  caps?: Caps
}

/**
 * Keeps the documents in MongoDB, shared by all nodes. A document holds the position of the log where it was written,
 * and a read waits until this node has reached that position: so a session that was begun on one node never meets
 * tables without it on another.
 */
export class MongoDocuments implements DocumentStore {
  readonly #table: MongoDocumentTable
  readonly #deps: MongoDocumentsDeps
  readonly #caps: Caps

  constructor(deps: MongoDocumentsDeps) {
    this.#caps = deps.caps ?? ANONYMOUS_KINDS
    this.#table = new MongoDocumentTable(deps.documents, this.#caps)
    this.#deps = deps
  }

  async upsert(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<void> {
    const op = {
      type: 'upsert',
      ...this.#on(kind, key),
      ...storing(kind, payload, expiresAt, index, this.#caps),
    } as const
    await this.#writing(() => this.#table.upsert(op, this.#deps.position()))
  }

  async insertOnce(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<boolean> {
    const op = {
      type: 'insertOnce',
      ...this.#on(kind, key),
      ...storing(kind, payload, expiresAt, index, this.#caps),
    } as const
    return this.#writing(() => this.#table.insertOnce(op, this.#deps.position()))
  }

  find(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    return this.#read({ _id: documentKeyHash(kind, key) })
  }

  findByUid(kind: DocumentKind, uid: string): Promise<StoredDocument | null> {
    return this.#read({ uid: documentKeyHash(kind, uid) })
  }

  async consume(kind: DocumentKind, key: string): Promise<boolean> {
    return this.#writing(() => this.#table.consume({ type: 'consume', ...this.#on(kind, key) }))
  }

  async take(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    return this.#opened(await this.#writing(() => this.#table.take({ type: 'take', ...this.#on(kind, key) })))
  }

  async increment(kind: DocumentKind, key: string, by: number, expiresAt: number): Promise<number> {
    const amount = counting(kind, by, expiresAt, this.#caps)
    const op = { type: 'increment', ...this.#on(kind, key), ...amount } as const
    return this.#writing(() => this.#table.increment(op, this.#deps.position()))
  }

  async remove(kind: DocumentKind, key: string): Promise<boolean> {
    return this.#writing(() => this.#table.remove({ type: 'remove', ...this.#on(kind, key) }))
  }

  async revokeByGrant(grant: string): Promise<number> {
    return this.#writing(() => this.#table.revoke({ grant }, this.#deps.clock()))
  }

  async revokeByAccount(account: string): Promise<number> {
    return this.#writing(() => this.#table.revoke({ account }, this.#deps.clock()))
  }

  async deleteExpired(limit = 250, endedBy = this.#deps.clock()): Promise<number> {
    const op = { type: 'deleteExpired', limit: wholeNumber(limit), endedBy: wholeNumber(endedBy) } as const
    return this.#writing(() => this.#table.deleteExpired(op))
  }

  async deleteIssuedAfter(time: number, limit: number): Promise<number> {
    const op = { type: 'deleteIssuedAfter', time: wholeNumber(time), limit } as const
    return this.#writing(() => this.#table.deleteIssuedAfter(op))
  }

  async clear(): Promise<void> {
    await this.#writing(() => this.#table.clear())
  }

  async #read(filter: { _id: string } | { uid: string }): Promise<StoredDocument | null> {
    return this.#opened(
      await asking('storage_unavailable', () => this.#table.find(filter, this.#deps.clock())),
    )
  }

  async #opened(document: MongoDocument | null): Promise<StoredDocument | null> {
    if (document && document.position > this.#deps.position()) await this.#deps.reached(document.position)
    return decodeDocument(toRow(document))
  }

  /** Runs a write. When it fails in the middle its outcome is unknown, and the refusal says so. */
  #writing<T>(write: () => Promise<T>): Promise<T> {
    return asking('outcome_unknown', write)
  }

  #on(kind: DocumentKind, key: string) {
    return { kind, keyHash: documentKeyHash(kind, key), now: this.#deps.clock() }
  }
}
