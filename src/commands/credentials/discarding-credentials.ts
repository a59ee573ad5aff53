import type { NewEvent } from '../../events/envelope.ts'
import type { WebAuthnCredential } from '../../projections/credentials/credential.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'
import { isLastAdministrator } from '../users/last-administrator.ts'

/** What stops working when somebody else than the holder of these credentials proves the address. */
export interface Discarded {
  password: boolean
  passkeys: readonly WebAuthnCredential[]
}

/**
 * Finds the credentials that somebody else could have set before the owner of the address came. None once the
 * address is proven, and none of the last administrator: nobody could let that person in again. Who is left
 * without any can set a first one from a mailed link.
 */
export function credentialsToDiscard(views: Views, user: User): Discarded {
  if (user.email_verified || isLastAdministrator(views, user)) return { password: false, passkeys: [] }
  return {
    password: views.credentials.passwordOf(user.userid)?.set_by === 'other',
    passkeys: views.credentials.passkeysOf(user.userid).filter(({ set_by }) => set_by === 'other'),
  }
}

/** Takes credentials off an account. */
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
