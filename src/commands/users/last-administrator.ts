import { Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'

/** The group whose members administer the service. */
export const ADMINISTRATORS = 'admin'

type Standing = Pick<User, 'active' | 'groups'>

/** Tells whether somebody who can sign in administers the service. */
export function hasAdministrator(views: Views): boolean {
  return views.users.countActiveInGroup(ADMINISTRATORS) > 0
}

/**
 * Refuses what would leave the service without anybody to administer it; `after` is how the user would stand
 * then, `null` when the user would be gone.
 *
 * @throws Refusal `last_administrator`.
 */
export function protectLastAdministrator(views: Views, before: Standing, after: Standing | null): void {
  if (!isLastAdministrator(views, before) || (after && administers(after))) return
  throw new Refusal('last_administrator', 'This is the last active administrator; appoint another one first')
}

/** Tells whether a user is the only one who can sign in and administer. */
export function isLastAdministrator(views: Views, user: Standing): boolean {
  return administers(user) && views.users.countActiveInGroup(ADMINISTRATORS) <= 1
}

function administers(user: Standing): boolean {
  return user.active && user.groups.includes(ADMINISTRATORS)
}
