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
  /** Milliseconds since 1970: what every filter goes by. */
  expires_at: number
  consumed_at?: number
  /** When it was written, milliseconds since 1970; absent in what older programs wrote. */
  issued_at?: number
  /** Where it lies among those of its kind that are bounded in number; only those have it. */
  evict?: string
  /** How far the log had come for the one who wrote it. */
  position: number
}

/** The last millisecond that a date can say. */
const LAST_DATE = 8.64e15

/** Selects what lives: it has not ended, and what is no counter was not written in the future. */
export function living(now: number): Filter<MongoDocument> {
  const isIssued = [
    { counter: { $exists: true } },
    { issued_at: { $exists: false } },
    { issued_at: { $lte: now + CLOCK_SKEW } },
  ]
  return { expires_at: { $gt: now }, $or: isIssued }
}

/** Selects what is absent: all others. */
export function absent(now: number): Filter<MongoDocument> {
  return { $nor: [living(now)] }
}

/** Tells whether a document lives. */
export function isLiving({ counter, expires_at, issued_at = 0 }: MongoDocument, now: number): boolean {
  return isCurrent({ from: counter === undefined ? issued_at : 0, until: expires_at }, now)
}

/** Reads a document as the row that all back ends share. */
export function toRow(document: MongoDocument | null): DocumentRow | null {
  if (document === null) return null
  const { payload = null, counter = null, expires_at, consumed_at = null } = document
  return { payload, counter, expires_at, consumed_at }
}

/** Names the place of a bounded document: by kind, then by end, so that one index counts and orders each kind. */
export function evictionKey(kind: string, expiresAt: number): string {
  return `${kind}|${String(Math.min(expiresAt, LAST_DATE)).padStart(16, '0')}`
}

/** Selects the bounded documents of a kind. */
export function evictable(kind: string): { evict: { $gte: string; $lt: string } } {
  return { evict: { $gte: `${kind}|`, $lt: `${kind}}` } }
}
