/** A document as it is stored, hashes in hex, with every column. */
export interface ArchivedDocument {
  key_hash: string
  uid_hash: string | null
  kind: string
  account: string | null
  grant_id: string | null
  payload: string | null
  counter: number | null
  expires_at: number
  consumed_at: number | null
  /** 1 when the caps of its kind apply. */
  evictable: number | null
  issued_at: number
}

/** A whole document store, for copying into another one while nobody writes to either. */
export interface DocumentArchive {
  /** Reads all documents, a page at a time. */
  read(): AsyncIterable<ArchivedDocument[]>
  /** Writes documents into an empty store. */
  write(documents: readonly ArchivedDocument[]): Promise<void>
}
