/** A confidential client, and the SHA-256 of its current secret. */
export interface SecretHolder {
  clientId: string
  secretHash: string
}

/** Limits wrong secrets for a client from one address. */
export interface SecretGuesses {
  /** Checks the budget before a secret is compared. @throws TooManyRequests when it is used up. */
  requireBudget(client: SecretHolder, address: string): void
  /** Counts a wrong secret. */
  failed(client: SecretHolder, address: string): Promise<void>
}
