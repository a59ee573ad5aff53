import type { SqlConnection } from '../../kernel/sql.ts'
import { ANONYMOUS_KINDS, type Caps, EvictionPace, LARGEST_EVICTION } from '../anonymous-kinds.ts'
import type { DocumentAnswer, DocumentOperation, DocumentRow } from '../operation.ts'
import { prepareDocumentStatements } from './statements.ts'

type Operation<T extends DocumentOperation['type']> = Extract<DocumentOperation, { type: T }>

/**
 * Reads and writes the `documents` table over one connection, synchronously. An operation may take two
 * statements, so the caller applies it inside a transaction; many operations may share one.
 */
export class DocumentTable {
  readonly #statements: ReturnType<typeof prepareDocumentStatements>
  readonly #pace: EvictionPace

  constructor(db: SqlConnection, caps: Caps = ANONYMOUS_KINDS) {
    this.#statements = prepareDocumentStatements(db)
    this.#pace = new EvictionPace(caps)
  }

  /** Reads a living document by the hash of its key, or `null`. */
  find(keyHash: string, now: number): DocumentRow | null {
    return rowOrNull(this.#statements.find.get(keyHash, now))
  }

  /** Reads a living document by the hash of its second key, or `null`. */
  findByUid(uidHash: string, now: number): DocumentRow | null {
    return rowOrNull(this.#statements.findByUid.get(uidHash, now))
  }

  /** Applies one write and returns the result that the port promises; a taken document as its row. */
  apply(op: DocumentOperation): DocumentAnswer {
    const statements = this.#statements
    switch (op.type) {
      case 'upsert':
        return this.#upsert(op)
      case 'insertOnce':
        return this.#insertOnce(op)
      case 'consume':
        return statements.consume.run(op.now, op.keyHash, op.now).changes === 1
      case 'take':
        return rowOrNull(statements.take.get(op.keyHash, op.now))
      case 'increment':
        return this.#increment(op)
      case 'remove':
        return countLiving(statements.remove.all(op.keyHash, op.now)) === 1
      case 'revokeByGrant':
        return countLiving(statements.revokeByGrant.all(op.grant, op.now))
      case 'revokeByAccount':
        return countLiving(statements.revokeByAccount.all(op.account, op.now))
      case 'deleteExpired':
        return statements.deleteExpired.run(op.endedBy, op.limit).changes
      case 'deleteIssuedAfter':
        return statements.deleteIssuedAfter.run(op.time, op.limit).changes
      case 'clear':
        statements.clear.run()
        return null
    }
  }

  #upsert(op: Operation<'upsert'>): null {
    if (op.uidHash !== null) this.#statements.releaseUid.run(op.uidHash, op.keyHash)
    this.#statements.upsert.run(...columnsOf(op), op.now)
    this.#bound(op)
    return null
  }

  #insertOnce(op: Operation<'insertOnce'>): boolean {
    this.#statements.dropEnded.run(op.keyHash, op.now)
    if (op.uidHash !== null) this.#statements.dropEndedUid.run(op.uidHash, op.now)
    const isWritten = this.#statements.insertOnce.run(...columnsOf(op)).changes === 1
    this.#bound(op)
    return isWritten
  }

  #increment(op: Operation<'increment'>): number {
    this.#statements.dropEnded.run(op.keyHash, op.now)
    const row = this.#statements.increment.get(
      op.keyHash,
      op.kind,
      op.by,
      op.expiresAt,
      op.evictable ? 1 : null,
      op.now,
    )
    if (row === undefined) throw new TypeError(`This ${op.kind} holds a payload and cannot be counted`)
    this.#bound(op)
    return (row as { counter: number }).counter
  }

  /** Removes, once in many writes, what exceeds the cap of a kind; what expires first is removed first. */
  #bound({ kind, evictable }: { kind: string; evictable: boolean }): void {
    if (!evictable) return
    const kept = this.#pace.noted(kind)
    if (kept !== null) this.#statements.evict.run(kind, LARGEST_EVICTION, kept)
  }
}

function columnsOf(op: Operation<'upsert' | 'insertOnce'>) {
  const { kind, keyHash, uidHash, account, grant, payload, expiresAt, evictable, now } = op
  return [keyHash, uidHash, kind, account, grant, payload, expiresAt, evictable ? 1 : null, now] as const
}

function rowOrNull(row: unknown): DocumentRow | null {
  return row === undefined ? null : (row as DocumentRow)
}

/** Counts the removed rows that were living: the others counted as absent already. */
function countLiving(removed: unknown[]): number {
  return removed.filter((row) => (row as { living: number }).living === 1).length
}
