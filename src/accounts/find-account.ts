import { mailKey } from '../kernel/mail-address.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'

/** What somebody typed as their name, and whom it means. */
export interface Account {
  /** What tries are counted by: the user, however the name was spelt; the folded name when it is nobody's. */
  key: string
  user: User | null
}

/** The longest thing that is taken for a name; longer ones are nobody's. */
const LONGEST_NAME = 256

/** Finds whom a typed user name, or proven mail address, means. */
export function findAccount(views: Views, typed: string): Account {
  const name = typed.trim().slice(0, LONGEST_NAME)
  const user = views.users.byUsername(name) ?? (name.includes('@') ? views.users.byVerifiedEmail(name) : null)
  return { user, key: user ? accountKey(user.userid) : `name:${mailKey(name)}` }
}

/** What tries for a user are counted by. */
export function accountKey(userid: string): string {
  return `user:${userid}`
}
