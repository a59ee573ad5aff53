import { z } from 'zod'
import { changeOf, locale, phoneNumber, shortText, url } from './fields.ts'

/**
 * The profile of a user, each field `null` while it is not known. Events, commands, the table of users, the search of
 * an erasure and the API derive their fields from this list, or do not compile until they name a new one.
 */
export const profile = {
  preferred_username: shortText.nullable(),
  given_name: shortText.nullable(),
  family_name: shortText.nullable(),
  nickname: shortText.nullable(),
  phone_number: phoneNumber.nullable(),
  phone_number_verified: z.boolean(),
  picture: url.nullable(),
  locale: locale.nullable(),
} as const

export type Profile = { -readonly [K in keyof typeof profile]: z.output<(typeof profile)[K]> }
export type ProfileField = keyof Profile

/** The profile of a new user: what is left out is not known. */
export const newProfile = {
  preferred_username: profile.preferred_username.default(null),
  given_name: profile.given_name.default(null),
  family_name: profile.family_name.default(null),
  nickname: profile.nickname.default(null),
  phone_number: profile.phone_number.default(null),
  phone_number_verified: profile.phone_number_verified.default(false),
  picture: profile.picture.default(null),
  locale: profile.locale.default(null),
} as const satisfies Record<ProfileField, z.ZodType>

/** The changes of a profile, each with what the field was before. */
export const profileChanges = {
  preferred_username: changeOf(profile.preferred_username),
  given_name: changeOf(profile.given_name),
  family_name: changeOf(profile.family_name),
  nickname: changeOf(profile.nickname),
  phone_number: changeOf(profile.phone_number),
  // What it was before is unknown only where an old version of the event did not keep it.
  phone_number_verified: z.strictObject({
    before: profile.phone_number_verified.nullable(),
    after: profile.phone_number_verified,
  }),
  picture: changeOf(profile.picture),
  locale: changeOf(profile.locale),
} as const satisfies Record<ProfileField, z.ZodType>
