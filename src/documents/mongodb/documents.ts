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

/** What the documents stand on. */
export interface MongoDocumentsDeps {
  documents: Collection<MongoDocument>
  clock: Clock
  /** Where the log stands for this node. */
  position(): number
  /** Waits a moment until this node has seen the log up to a position. */
  reached(position: number): Promise<unknown>
  /** The caps of what anybody may write, when they are not the usual ones. */
  caps?: Caps
}

/**
 * Keeps the documents in MongoDB, shared by all nodes. A document tells how far the log had come where it was
 * written, and who reads it waits until this node has come as far: so a session that was begun on one node
 * never meets tables that do not know it yet.
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

  /** A write that failed in the middle may have been done: nobody is told that it was, or that it was not. */
  #writing<T>(write: () => Promise<T>): Promise<T> {
    return asking('outcome_unknown', write)
  }

  #on(kind: DocumentKind, key: string) {
    return { kind, keyHash: documentKeyHash(kind, key), now: this.#deps.clock() }
  }
}
