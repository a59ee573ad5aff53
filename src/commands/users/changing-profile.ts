import type { z } from 'zod'
import type { NewEvent } from '../../events/envelope.ts'
import type { profile } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import { differences } from '../differences.ts'
import { ofUser } from '../subjects.ts'

/** The profile fields that are to change, with what they are to be. */
export type ProfileChanges = { [K in keyof typeof profile]?: z.output<(typeof profile)[K]> | undefined }

/** Changes what differs in a profile. A number that changes was proven by nobody, unless the caller says so. */
export function changeProfile(user: User, wanted: ProfileChanges): NewEvent[] {
  const now = {
    preferred_username: user.preferred_username,
    given_name: user.given_name,
    family_name: user.family_name,
    nickname: user.nickname,
    phone_number: user.phone_number,
    phone_number_verified: user.phone_number_verified,
    picture: user.picture,
    locale: user.locale,
  }
  const changes = differences(now, wanted)
  if (changes.phone_number && wanted.phone_number_verified === undefined && user.phone_number_verified) {
    changes.phone_number_verified = { before: true, after: false }
  }
  if (Object.keys(changes).length === 0) return []
  const number = changes.phone_number ? changes.phone_number.after : user.phone_number
  const verified = changes.phone_number_verified?.after ?? user.phone_number_verified
  if ((changes.phone_number || changes.phone_number_verified) && verified && number === null) {
    throw new Refusal('invalid_input', 'Without a phone number there is none that is verified')
  }
  const { userid } = user
  return [{ type: 'UserProfileChanged', ...ofUser(userid), data: { userid, changes } }]
}
