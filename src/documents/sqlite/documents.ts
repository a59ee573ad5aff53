import type { Clock } from '../../kernel/clock.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { ANONYMOUS_KINDS, type Caps } from '../anonymous-kinds.ts'
import { documentKeyHash } from '../key-hash.ts'
import type { DocumentOperation, DocumentRow } from '../operation.ts'
import { decodeDocument, wholeNumber } from '../payload.ts'
import type { DocumentIndex, DocumentKind, DocumentStore, StoredDocument } from '../port.ts'
import { counting, storing } from '../storing.ts'
import { DocumentTable } from './table.ts'

/** What the SQLite documents need. `write` applies an operation and resolves when it is durable. */
export interface SqliteDocumentsDeps {
  reader: SqlConnection
  write: (op: DocumentOperation) => Promise<unknown>
  clock: Clock
  /** The caps for anonymous callers; `ANONYMOUS_KINDS` by default. */
  caps?: Caps
}

/** Keeps the documents in SQLite: reads over a connection of its own, and sends every write to the one writer. */
export class SqliteDocuments implements DocumentStore {
  readonly #table: DocumentTable
  readonly #write: SqliteDocumentsDeps['write']
  readonly #clock: Clock
  readonly #caps: Caps

  constructor(deps: SqliteDocumentsDeps) {
    this.#table = new DocumentTable(deps.reader)
    this.#write = deps.write
    this.#clock = deps.clock
    this.#caps = deps.caps ?? ANONYMOUS_KINDS
  }

  async upsert(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<void> {
    await this.#write({
      type: 'upsert',
      ...this.#on(kind, key),
      ...storing(kind, payload, expiresAt, index, this.#caps),
    })
  }

  async insertOnce(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index: DocumentIndex = {},
  ): Promise<boolean> {
    const content = storing(kind, payload, expiresAt, index, this.#caps)
    return (await this.#write({ type: 'insertOnce', ...this.#on(kind, key), ...content })) as boolean
  }

  async find(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    return decodeDocument(this.#table.find(documentKeyHash(kind, key), this.#clock()))
  }

  async findByUid(kind: DocumentKind, uid: string): Promise<StoredDocument | null> {
    return decodeDocument(this.#table.findByUid(documentKeyHash(kind, uid), this.#clock()))
  }

  async consume(kind: DocumentKind, key: string): Promise<boolean> {
    return (await this.#write({ type: 'consume', ...this.#on(kind, key) })) as boolean
  }

  async take(kind: DocumentKind, key: string): Promise<StoredDocument | null> {
    return decodeDocument((await this.#write({ type: 'take', ...this.#on(kind, key) })) as DocumentRow | null)
  }

  async increment(kind: DocumentKind, key: string, by: number, expiresAt: number): Promise<number> {
    const amount = counting(kind, by, expiresAt, this.#caps)
    return (await this.#write({ type: 'increment', ...this.#on(kind, key), ...amount })) as number
  }

  async remove(kind: DocumentKind, key: string): Promise<boolean> {
    return (await this.#write({ type: 'remove', ...this.#on(kind, key) })) as boolean
  }

  async revokeByGrant(grant: string): Promise<number> {
    return (await this.#write({ type: 'revokeByGrant', grant, now: this.#clock() })) as number
  }

  async revokeByAccount(account: string): Promise<number> {
    return (await this.#write({ type: 'revokeByAccount', account, now: this.#clock() })) as number
  }

  async deleteExpired(limit = 250, endedBy = this.#clock()): Promise<number> {
    const bounds = { limit: wholeNumber(limit), endedBy: wholeNumber(endedBy) }
    return (await this.#write({ type: 'deleteExpired', ...bounds })) as number
  }

  async deleteIssuedAfter(time: number, limit: number): Promise<number> {
    return (await this.#write({ type: 'deleteIssuedAfter', time: wholeNumber(time), limit })) as number
  }

  async clear(): Promise<void> {
    await this.#write({ type: 'clear' })
  }

  #on(kind: DocumentKind, key: string) {
    return { kind, keyHash: documentKeyHash(kind, key), now: this.#clock() }
  }
}
