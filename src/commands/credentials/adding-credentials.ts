import type { Setter } from '../../events/credential.ts'
import type { NewEvent } from '../../events/envelope.ts'
import { phc } from '../../events/fields.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'
import { type NewPasskey, passkey } from './passkey-fields.ts'

/** Adds a passkey to a user. @throws DuplicateError `credential_id` when any user has it (WebAuthn §7.1). */
export function addPasskey(views: Views, userid: string, passkey: NewPasskey, set_by: Setter): NewEvent {
  if (views.credentials.passkeyById(Buffer.from(passkey.credential_id, 'base64url'))) {
    throw new DuplicateError('credential_id')
  }
  return { type: 'PasskeyRegistered', ...ofUser(userid), data: { userid, ...passkey, set_by } }
}

/** The one credential that a link lets its recipient choose: a hashed password or a verified passkey. */
export const credentialChoice = {
  password_hash: phc.nullable().default(null),
  passkey: passkey.nullable().default(null),
} as const

interface CredentialChoice {
  password_hash: string | null
  passkey: NewPasskey | null
}

export const ONE_CREDENTIAL = 'must have exactly one of password_hash and passkey'

/** Tells whether exactly one credential was chosen. */
export function hasOneCredential({ password_hash, passkey }: CredentialChoice): boolean {
  return (password_hash === null) !== (passkey === null)
}

/** Adds the credential that the owner chose. @throws DuplicateError `credential_id` when any user has the passkey. */
export function addCredential(views: Views, userid: string, choice: CredentialChoice): NewEvent[] {
  if (choice.passkey) return [addPasskey(views, userid, choice.passkey, 'owner')]
  if (choice.password_hash === null) return []
  const { password_hash } = choice
  return [{ type: 'PasswordSet', ...ofUser(userid), data: { userid, password_hash, set_by: 'owner' } }]
}
