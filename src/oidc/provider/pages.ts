/** A fault in a request that a browser brought, as it may be shown. */
export interface ProtocolFault {
  status: number
  /** The error code of the protocol, such as `invalid_request`. */
  error: string
  description: string | null
}

/** What a person is asked before an application signs them out. */
export interface SignOutQuestion {
  /** Where the form is posted; it must carry `xsrf`, and `logout` with the value `yes`. */
  action: string
  xsrf: string
  /** The name of the application that asks, or `null` when it did not say who it is. */
  clientName: string | null
}

/** The pages that the protocol's own addresses show. Each answers a whole HTML document without scripts. */
export interface OidcPages {
  fault(fault: ProtocolFault): string
  confirmSignOut(question: SignOutQuestion): string
  signedOut(): string
}
