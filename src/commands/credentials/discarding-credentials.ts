import type { NewEvent } from '../../events/envelope.ts'
import type { WebAuthnCredential } from '../../projections/credentials/credential.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'
import { isLastAdministrator } from '../users/last-administrator.ts'

/** The credentials that stop working when the owner of the address proves it. */
export interface Discarded {
  password: boolean
  passkeys: readonly WebAuthnCredential[]
}

/**
 * Finds the credentials that another person could have set before the owner of the address proved it. There are none
 * once the address is proven, and none for the last administrator, whom nobody could help to sign in again. A user who
 * has no credential left can set a first one from a mailed link.
 */
export function credentialsToDiscard(views: Views, user: User): Discarded {
  if (user.email_verified || isLastAdministrator(views, user)) return { password: false, passkeys: [] }
  return {
    password: views.credentials.passwordOf(user.userid)?.set_by === 'other',
    passkeys: views.credentials.passkeysOf(user.userid).filter(({ set_by }) => set_by === 'other'),
  }
}

/** Removes credentials from an account. */
export function discardCredentials(userid: string, { password, passkeys }: Discarded): NewEvent[] {
  const events: NewEvent[] = []
  if (password) events.push({ type: 'PasswordRemoved', ...ofUser(userid), data: { userid } })
  for (const passkey of passkeys) {
    const credential_id = Buffer.from(passkey.credential_id).toString('base64url')
    const data = { userid, credential_id, device_name: passkey.device_name }
    events.push({ type: 'PasskeyRemoved', ...ofUser(userid), data })
  }
  return events
}
