/** Notes that a command is about to destroy a key. */
export interface MarkDocument {
  _id: string
  /** The key. */
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

/** Says whose keys these are, and lets a wrong master key be told. */
export interface IdentityDocument {
  _id: 'identity'
  log: string
  check_value: Uint8Array
}
