/** The mark of a key that a command is about to destroy. */
export interface MarkDocument {
  _id: string
  /** The id of the key. */
  id: string
  command: string
  /** Since when, in milliseconds since 1970. */
  at: number
}

/** A secret of the installation, under its name. */
export interface SecretDocument {
  _id: string
  wrapped: Uint8Array
}

/** Which log the keys belong to, and a value that detects a wrong master key. */
export interface IdentityDocument {
  _id: 'identity'
  log: string
  check_value: Uint8Array
}
