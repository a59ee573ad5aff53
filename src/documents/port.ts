/** The kinds of short-lived state, each with its own key space. */
export type DocumentKind = string

/**
 * A piece of short-lived state. `payload` is a JSON value or, for a counter, its count; times are milliseconds since
 * 1970.
 */
export interface StoredDocument {
  payload: unknown
  expiresAt: number
  consumedAt: number | null
}

/** What is stored with a payload so that the document can be found and revoked. */
export interface DocumentIndex {
  /** The user it belongs to: signing out everywhere, and deactivation, remove the user's documents. */
  account?: string
  /** The OIDC grant it was issued under: a replay removes all documents of the grant. */
  grant?: string
  /** A second key, unique within the kind (device user code, session uid). */
  uid?: string
  /**
   * It is written for someone who is not signed in: its kind has caps (`anonymous-kinds.ts`), and when there are too
   * many, those that expire first are removed. Counters are anonymous by their kind.
   */
  anonymous?: true
}

/**
 * Keeps protocol state that expires: sessions, codes, tokens, challenges, throttles. Nothing here is history. Keys are
 * stored as SHA-256 of what the caller passes, so a copy of the file opens no session.
 *
 * A document lives until just before `expiresAt`; from that millisecond on it is absent for every method. It is also
 * absent if its time of writing is more than a minute in the future: then a clock was or is wrong. A counter stays
 * present, because a throttled caller must stay throttled; its expiry then moves to that of the next call.
 *
 * Every method is atomic against every other, over all processes and nodes. A payload that JSON cannot write is refused
 * with a `TypeError`, a time or amount that is not a whole number with a `RangeError`.
 */
export interface DocumentStore {
  /**
   * Writes or replaces a document and its index. Keeps `consumedAt` of a living document. If another document has the
   * second key, that document loses it and stays under its first key.
   */
  upsert(
    kind: DocumentKind,
    key: string,
    payload: unknown,
    expiresAt: number,
    index?: DocumentIndex,
  ): Promise<void>
  /** Writes unless a living document has the key or the second key; returns whether it wrote. */
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
   * Adds `by` to a counter that starts at 0 and expires at `expiresAt`; returns the new count. Only the first call sets
   * the expiry. Rejects with a `TypeError` when the key holds a document with a payload.
   */
  increment(kind: DocumentKind, key: string, by: number, expiresAt: number): Promise<number>
  /** Removes a document; returns whether it was living. */
  remove(kind: DocumentKind, key: string): Promise<boolean>
  /** Removes everything issued under a grant, of all kinds; returns how many were living. */
  revokeByGrant(grant: string): Promise<number>
  /** Removes everything that belongs to a user, of all kinds; returns how many were living. */
  revokeByAccount(account: string): Promise<number>
  /**
   * Removes what had expired by `endedBy` (by default now), the oldest first; returns how many. It removes at most
   * `limit`, by default 250, so that a sweep delays other writers only for milliseconds; call it again while it returns
   * the limit.
   */
  deleteExpired(limit?: number, endedBy?: number): Promise<number>
  /** Removes what was written after `time`, at most `limit`; returns how many. Reads all documents. */
  deleteIssuedAfter(time: number, limit: number): Promise<number>
  /** Removes everything: after a restore no old session or token may be valid. */
  clear(): Promise<void>
}
