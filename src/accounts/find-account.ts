import { mailKey } from '../kernel/mail-address.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'

/** An account as somebody named it, and the user who has it. */
export interface Account {
  /** What attempts are counted by: the user, however the name was spelt; the folded name when nobody has it. */
  key: string
  user: User | null
}

/** The longest text that is read as a name; nobody has a longer one. */
const LONGEST_NAME = 256

/** Finds the account that a typed user name, or proven mail address, means. */
export function findAccount(views: Views, typed: string): Account {
  const name = typed.trim().slice(0, LONGEST_NAME)
  const user = views.users.byUsername(name) ?? (name.includes('@') ? views.users.byVerifiedEmail(name) : null)
  return { user, key: user ? accountKey(user.userid) : `name:${mailKey(name)}` }
}

/** Finds the account with a user id. */
export function accountOf(views: Views, userid: string): Account {
  return { user: views.users.byUserid(userid), key: accountKey(userid) }
}

/** Names what attempts for a user are counted by. */
export function accountKey(userid: string): string {
  return `user:${userid}`
}
