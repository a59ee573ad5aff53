import type { Setter } from '../../events/credential.ts'
import type { NewEvent } from '../../events/envelope.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'
import type { NewPasskey } from './passkey-fields.ts'

/** Adds a passkey to a user. @throws DuplicateError `credential_id` when anybody has it (WebAuthn §7.1). */
export function addPasskey(views: Views, userid: string, passkey: NewPasskey, set_by: Setter): NewEvent {
  if (views.credentials.passkeyById(Buffer.from(passkey.credential_id, 'base64url'))) {
    throw new DuplicateError('credential_id')
  }
  return { type: 'PasskeyRegistered', ...ofUser(userid), data: { userid, ...passkey, set_by } }
}
