/** A confidential client, and the SHA-256 of the secret that it has now. */
export interface SecretHolder {
  clientId: string
  secretHash: string
}

/** Bounds how often a wrong secret may be given for a client from one address. */
export interface SecretGuesses {
  /** Lets pass while there is budget. @throws TooManyRequests before a secret is judged. */
  requireBudget(client: SecretHolder, address: string): void
  /** Counts a wrong secret. */
  failed(client: SecretHolder, address: string): Promise<void>
}
