import { Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'

/** Reads a user. @throws Refusal `not_found`. */
export function requireUser(views: Views, userid: string): User {
  const user = views.users.byUserid(userid)
  if (!user) throw new Refusal('not_found', 'There is no such user')
  return user
}

/** Reads a user who may sign in. @throws Refusal `not_found`, `user_inactive`. */
export function requireActiveUser(views: Views, userid: string): User {
  const user = requireUser(views, userid)
  if (!user.active) throw new Refusal('user_inactive', 'This account is deactivated')
  return user
}
