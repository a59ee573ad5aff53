import { z } from 'zod'
import { email, groups, userid, username } from '../../events/fields.ts'
import { profile } from '../../events/profile.ts'
import type { User } from '../../projections/users/user.ts'

const shown = {
  userid: z.string(),
  username: z.string(),
  preferred_username: z.string().nullable(),
  given_name: z.string().nullable(),
  family_name: z.string().nullable(),
  nickname: z.string().nullable(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  phone_number: z.string().nullable(),
  phone_number_verified: z.boolean(),
  picture: z.string().nullable(),
  locale: z.string().nullable(),
  groups: z.array(z.string()),
  active: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
} satisfies Record<keyof User, z.ZodType>

/** A user as the API shows one. Times are ISO 8601 UTC. */
export const userAnswer = z.object(shown)

/** Which user a path is about. */
export const userParams = z.strictObject({ userid })

const fields = {
  email: email.nullable(),
  email_verified: z.boolean(),
  groups,
  ...profile,
}

/** The fields of a new user; the service makes the id. */
export const newUser = z.strictObject({ username, ...z.strictObject(fields).partial().shape })

/** The fields of a user that can change, each by itself. */
export const userChanges = z.strictObject({ username, active: z.boolean(), ...fields }).partial()
