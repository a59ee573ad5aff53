import { ADMIN_GROUP, isAdministrator } from '../../kernel/administration.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'

type Member = Pick<User, 'active' | 'groups'>

/** Tells whether anyone who can sign in administers the service. */
export function hasAdministrator(views: Views): boolean {
  return views.users.countActiveInGroup(ADMIN_GROUP) > 0
}

/**
 * Refuses a change that would leave the service without an administrator; `after` is the user after the change,
 * `null` when the user is removed.
 *
 * @throws Refusal `last_administrator`.
 */
export function protectLastAdministrator(views: Views, before: Member, after: Member | null): void {
  if (!isLastAdministrator(views, before) || (after && isAdministrator(after))) return
  throw new Refusal('last_administrator', 'This is the last active administrator; appoint another one first')
}

/** Tells whether a user is the only administrator who can sign in. */
export function isLastAdministrator(views: Views, user: Member): boolean {
  return isAdministrator(user) && views.users.countActiveInGroup(ADMIN_GROUP) <= 1
}
