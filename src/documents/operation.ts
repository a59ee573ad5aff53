import type { DocumentKind } from './port.ts'

/**
 * What every operation on one document carries. `keyHash` comes from `documentKeyHash`, `now` is
 * milliseconds since 1970; `kind` is stored for people, the hash alone finds the document.
 */
interface OnDocument {
  kind: DocumentKind
  keyHash: string
  now: number
}

/** What is stored with a document; `payload` is JSON text, `uidHash` comes from `documentKeyHash` too. */
interface StoringDocument extends OnDocument {
  uidHash: string | null
  account: string | null
  grant: string | null
  payload: string
  expiresAt: number
  /** Whether it is bounded by the caps of its kind. */
  evictable: boolean
}

/**
 * One write to the documents, as plain data that can be sent to the thread that owns the writing
 * connection. Keys are hashed and payloads are JSON text before they get here: no key travels in the clear.
 */
export type DocumentOperation =
  | ({ type: 'upsert' } & StoringDocument)
  | ({ type: 'insertOnce' } & StoringDocument)
  | ({ type: 'consume' } & OnDocument)
  | ({ type: 'take' } & OnDocument)
  | ({ type: 'increment'; by: number; expiresAt: number; evictable: boolean } & OnDocument)
  | ({ type: 'remove' } & OnDocument)
  | { type: 'revokeByGrant'; grant: string; now: number }
  | { type: 'revokeByAccount'; account: string; now: number }
  | { type: 'deleteExpired'; limit: number; endedBy: number }
  | { type: 'deleteIssuedAfter'; time: number; limit: number }
  | { type: 'clear' }

/** A document as its row tells it: either JSON text or a counter, the other is `null`. */
export interface DocumentRow {
  payload: string | null
  counter: number | null
  expires_at: number
  consumed_at: number | null
}

/** What an operation answers: whether it won, how many, what it took, or nothing. */
export type DocumentAnswer = boolean | number | DocumentRow | null
