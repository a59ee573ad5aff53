import type { NewEvent } from '../../events/envelope.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'

/**
 * Changes the address of a user, or whether it is proven. A changed address is unproven unless the caller says
 * otherwise; a revoked proof is recorded as a change to the same address, unproven.
 *
 * @throws Refusal `already_exists` when another user has proven the address, `invalid_input` when there is none.
 */
export function changeEmail(
  views: Views,
  user: User,
  wanted: { email?: string | null | undefined; email_verified?: boolean | undefined },
): NewEvent[] {
  const { userid } = user
  const email = wanted.email === undefined ? user.email : wanted.email
  const differs = email !== user.email
  const verified = wanted.email_verified ?? (differs ? false : user.email_verified)
  if (!differs && verified === user.email_verified) return []
  if (verified) {
    if (email === null)
      throw new Refusal('invalid_input', 'Without an e-mail address there is none that is verified')
    requireUnprovenByOthers(views, userid, email)
    if (!differs) return [{ type: 'UserEmailVerified', ...ofUser(userid), data: { userid, email } }]
  }
  const change = { before: user.email, after: email }
  return [{ type: 'UserEmailChanged', ...ofUser(userid), data: { userid, verified, email: change } }]
}

/** Makes sure that no other user has proven an address. @throws DuplicateError `email`. */
export function requireUnprovenByOthers(views: Views, userid: string, email: string): void {
  const holder = views.users.holderOfVerifiedEmail(email)
  if (holder !== null && holder !== userid) throw new DuplicateError('email')
}
