import { Refusal } from '../../kernel/refusal.ts'
import type { WebAuthnCredential } from '../../projections/credentials/credential.ts'
import type { Views } from '../../projections/views.ts'

/** Reads a passkey of this user; `credentialId` is base64url. @throws Refusal `not_found`. */
export function requirePasskey(views: Views, userid: string, credentialId: string): WebAuthnCredential {
  const passkey = views.credentials.passkeyById(Buffer.from(credentialId, 'base64url'))
  if (passkey?.user_id !== userid) throw new Refusal('not_found', 'This user has no such passkey')
  return passkey
}
