/** A subject key as MongoDB keeps it. */
export interface KeyDocument {
  _id: string
  /** Encrypted under the master key; empty once destroyed. */
  wrapped: Uint8Array
  destroyed: boolean
  /** Who is about to destroy it, and since when, in milliseconds since 1970. */
  doomed?: { command: string; at: number }[]
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
