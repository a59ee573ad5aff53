import type { NewEvent } from '../../events/envelope.ts'
import type { Profile } from '../../events/profile.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { User } from '../../projections/users/user.ts'
import { differences } from '../differences.ts'
import { ofUser } from '../subjects.ts'

/** The profile fields to change, with their new values. */
export type ProfileChanges = { [K in keyof Profile]?: Profile[K] | undefined }

/** Changes the profile fields that differ. A changed phone number is unproven unless the caller says otherwise. */
export function changeProfile(user: User, wanted: ProfileChanges): NewEvent[] {
  const changes = differences<Profile>(user, wanted)
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
