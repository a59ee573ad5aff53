import type { DocumentKind } from './port.ts'

/**
 * The fields of every operation on one document. `keyHash` comes from `documentKeyHash`, `now` is milliseconds since
 * 1970. The hash alone finds the document; `kind` is stored for people who read the table.
 */
interface OnDocument {
  kind: DocumentKind
  keyHash: string
  now: number
}

/** The fields of an operation that stores a document; `payload` is JSON text, `uidHash` comes from `documentKeyHash`. */
interface StoringDocument extends OnDocument {
  uidHash: string | null
  account: string | null
  grant: string | null
  payload: string
  expiresAt: number
  /** Whether the caps of its kind apply. */
  evictable: boolean
}

/**
 * One document write, as plain data that can be sent to the writer thread. Keys are already hashed and payloads are
 * already JSON text, so no key is sent in the clear.
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

/** A document as a row: it has either a payload, as JSON text, or a counter; the other is `null`. */
export interface DocumentRow {
  payload: string | null
  counter: number | null
  expires_at: number
  consumed_at: number | null
}

/** The result of an operation: whether it succeeded, a count, the document that it took, or nothing. */
export type DocumentAnswer = boolean | number | DocumentRow | null
