/** The kinds of short-lived state, each with its own key space. */
export type DocumentKind = string

/**
 * A piece of short-lived state. `payload` is a JSON value, of a counter its count; times are milliseconds
 * since 1970.
 */
export interface StoredDocument {
  payload: unknown
  expiresAt: number
  consumedAt: number | null
}

/** What is kept about a document beside its payload, so that it can be found and revoked. */
export interface DocumentIndex {
  /** The user it belongs to: signing out everywhere and deactivation remove by it. */
  account?: string
  /** The OIDC grant it was issued under: a replay removes the whole family by it. */
  grant?: string
  /** A second key, unique within the kind (device user code, session uid). */
  uid?: string
  /**
   * It is written for somebody who is not signed in: its kind has caps (`anonymous-kinds.ts`), and when there are too
   * many, those that end first are removed. Open counters are so by their kind.
   */
  anonymous?: true
}

/**
 * Keeps protocol state that ends by itself: sessions, codes, tokens, challenges, throttles. Nothing here is
 * history. Keys are stored as SHA-256 of what the caller passes, so a copy of the file opens no session.
 * A document lives until just before `expiresAt`; from that millisecond on it is absent for every method. It is absent
 * as well while it was written more than a minute later than now: a clock was wrong then or is now. A counter is not,
 * for who is throttled must stay so; its end then moves to that of the next call.
 * Every method is atomic against every other, over all processes and nodes. A payload that JSON cannot
 * write is refused with a `TypeError`, a time or amount that is not a whole number with a `RangeError`.
 */
export interface DocumentStore {
  /**
   * Writes or replaces, the index too. Keeps `consumedAt` of a living document that is there already. Its
   * second key moves to it from a document that had it before, which stays under its first key.
   */
  upsert(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index?: DocumentIndex,
  ): Promise<void>
  /** Writes unless a living document has the key or the second key; answers whether it wrote. */
  insertOnce(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index?: DocumentIndex,
  ): Promise<boolean>
  /** Reads a living document, or `null`. A consumed one is still returned, marked. */
  find(kind: DocumentKind, key: string): Promise<StoredDocument | null>
  /** Reads a living document by its second key, or `null`. */
  findByUid(kind: DocumentKind, uid: string): Promise<StoredDocument | null>
  /** Marks a living document consumed; `true` for exactly one caller while the document lives. */
  consume(kind: DocumentKind, key: string): Promise<boolean>
  /** Reads and removes in one step; the document for exactly one caller, `null` for all others. */
  take(kind: DocumentKind, key: string): Promise<StoredDocument | null>
  /**
   * Adds `by` to a counter that starts at 0 and ends at `expiresAt`; answers the new count. The end is set by
   * the first call only. Rejects with a `TypeError` when the key holds a document that was not counted.
   */
  increment(kind: DocumentKind, key: string, by: number, expiresAt: number): Promise<number>
  /** Removes a document; answers whether a living one was there. */
  remove(kind: DocumentKind, key: string): Promise<boolean>
  /** Removes everything issued under a grant, of all kinds; answers how many were living. */
  revokeByGrant(grant: string): Promise<number>
  /** Removes everything that belongs to a user, of all kinds; answers how many were living. */
  revokeByAccount(account: string): Promise<number>
  /**
   * Removes what had ended by `endedBy` (now unless told), the longest ended first; answers how many. At most `limit`,
   * 250 unless told, so that a sweep holds up other writers for milliseconds only; ask again while it answers the limit.
   */
  deleteExpired(limit?: number, endedBy?: number): Promise<number>
  /** Removes what was written at a time after `time`, at most `limit`; answers how many. Reads everything. */
  deleteIssuedAfter(time: number, limit: number): Promise<number>
  /** Removes everything: after a restore no old session or token may live on. */
  clear(): Promise<void>
}
