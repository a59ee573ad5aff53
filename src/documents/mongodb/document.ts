import type { Filter } from 'mongodb'
import { CLOCK_SKEW, isCurrent } from '../../kernel/clock.ts'
import type { DocumentRow } from '../operation.ts'

/** A document as MongoDB keeps it. `_id` and `uid` are hashes; what is absent is left out. */
export interface MongoDocument {
  _id: string
  uid?: string
  kind: string
  account?: string
  grant?: string
  payload?: string
  counter?: number
  /** Milliseconds since 1970: what every filter compares. */
  expires_at: number
  consumed_at?: number
  /** When it was written, milliseconds since 1970; documents of older versions lack it. */
  issued_at?: number
  /** Its place in the eviction order of its kind; only documents with caps have it. */
  evict?: string
  /** The position of the log on the node that wrote it. */
  position: number
}

/** The last millisecond that a `Date` can represent. */
const LAST_DATE = 8.64e15

/** Selects living documents: not expired and, except counters, not written in the future. */
export function living(now: number): Filter<MongoDocument> {
  const isIssued = [
    { counter: { $exists: true } },
    { issued_at: { $exists: false } },
    { issued_at: { $lte: now + CLOCK_SKEW } },
  ]
  return { expires_at: { $gt: now }, $or: isIssued }
}

/** Selects all other documents, which count as absent. */
export function absent(now: number): Filter<MongoDocument> {
  return { $nor: [living(now)] }
}

/** Tells whether a document lives. */
export function isLiving({ counter, expires_at, issued_at = 0 }: MongoDocument, now: number): boolean {
  return isCurrent({ from: counter === undefined ? issued_at : 0, until: expires_at }, now)
}

/** Converts a document to the row that all back ends share. */
export function toRow(document: MongoDocument | null): DocumentRow | null {
  if (document === null) return null
  const { payload = null, counter = null, expires_at, consumed_at = null } = document
  return { payload, counter, expires_at, consumed_at }
}

/** Builds the eviction key of a document: kind, then expiry, so that one index counts and orders each kind. */
export function evictionKey(kind: string, expiresAt: number): string {
  return `${kind}|${String(Math.min(expiresAt, LAST_DATE)).padStart(16, '0')}`
}

/** Selects the documents of a kind that its cap applies to. */
export function evictable(kind: string): { evict: { $gte: string; $lt: string } } {
  return { evict: { $gte: `${kind}|`, $lt: `${kind}}` } }
}
