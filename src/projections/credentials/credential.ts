import type { Setter } from '../../events/credential.ts'

/** The kinds of proof that are kept for a user. */
export const CREDENTIAL_TYPES = ['webauthn', 'password'] as const
export type CredentialType = (typeof CREDENTIAL_TYPES)[number]

/** A passkey of a user. Times are ISO 8601 UTC. */
export interface WebAuthnCredential {
  user_id: string
  credential_id: Uint8Array
  /** The COSE key, as the authenticator gave it. */
  public_key: Uint8Array
  sign_count: number
  device_name: string
  transports: string[]
  aaguid: string
  backup_eligible: boolean
  backup_state: boolean
  created_at: string
  last_used_at: string | null
  /** Who set it: one of `other` is removed when the owner proves the mail address. */
  set_by: Setter
}

/** What a passkey is registered from; what is left out gets its default. */
export type NewWebAuthnCredential = Pick<WebAuthnCredential, 'user_id' | 'credential_id' | 'public_key'> &
  Partial<Omit<WebAuthnCredential, 'created_at' | 'last_used_at' | 'set_by'>>

/** A password of a user: the argon2id PHC string. */
export interface PasswordCredential {
  user_id: string
  password_hash: string
  created_at: string
  /** As of a passkey. */
  set_by: Setter
}
