import { z } from 'zod'
import { type Profile, type ProfileField, profile } from '../../events/profile.ts'
import { COMMON_FIELDS } from '../../events/traces.ts'

export type { Profile }

/** A person with an account. Times are ISO 8601 UTC. */
export interface User extends Profile {
  userid: string
  username: string
  email: string | null
  email_verified: boolean
  /** Names of groups, sorted. */
  groups: string[]
  active: boolean
  created_at: string
  updated_at: string
}

/** What a new user is made from: everything but the id and the name may be left out. */
export type NewUser = Pick<User, 'userid' | 'username'> &
  Partial<Omit<User, 'userid' | 'username' | 'created_at' | 'updated_at'>>

const PROFILE_COLUMNS = Object.keys(profile) as readonly ProfileField[]

/** The columns of `users` that hold the fields of a user as they are, in the order in which a user is shown. */
export const USER_COLUMNS = [
  'userid',
  'username',
  ...PROFILE_COLUMNS.flatMap((column) =>
    column === 'phone_number' ? (['email', 'email_verified', column] as const) : [column],
  ),
] as const

/** The profile columns of `users` with texts that can identify a person. */
export const TELLING_COLUMNS = PROFILE_COLUMNS.filter(
  (column) => !(profile[column] instanceof z.ZodBoolean) && !COMMON_FIELDS.has(column),
)
