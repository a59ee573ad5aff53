import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { base64url, changeOf, groups, keptEmail, userid, username, uuid } from './fields.ts'
import { profile, profileChanges } from './profile.ts'

export const UserRegistered = defineEvent({
  type: 'UserRegistered',
  stream: 'user',
  summary: 'A person got an account.',
  opensSubject: true,
  open: {
    userid,
    groups,
    email_verified: z.boolean(),
    /** The invitation or claim link that was accepted, if one was. */
    link_id: uuid.nullable(),
  },
  personal: {
    username,
    email: keptEmail.nullable(),
    /** The random handle that passkeys know the user by (WebAuthn §14.6.1: not a name, not an address). */
    webauthn_user_id: base64url,
    ...profile,
  },
})

/** As written before the audit trail showed what a field had been: only the new values. Read, never written. */
export const UserProfileChangedV1 = defineEvent({
  type: 'UserProfileChanged',
  version: 1,
  stream: 'user',
  summary: 'Profile fields of a user changed; only the new values were kept.',
  open: { userid },
  personal: { values: z.strictObject(profile).partial() },
})

export const UserProfileChanged = defineEvent({
  type: 'UserProfileChanged',
  version: 2,
  stream: 'user',
  summary: 'Profile fields of a user changed, with what each was before.',
  open: { userid },
  personal: {
    changes: z.strictObject(profileChanges).partial(),
  },
})

export const UsernameChanged = defineEvent({
  type: 'UsernameChanged',
  stream: 'user',
  summary: 'A user signs in under another name from now on.',
  open: { userid },
  personal: { username: changeOf(username) },
})

export const UserEmailChanged = defineEvent({
  type: 'UserEmailChanged',
  stream: 'user',
  summary: 'The e-mail address of a user changed; the new one is verified only if `verified` says so.',
  open: { userid, verified: z.boolean() },
  personal: { email: changeOf(keptEmail.nullable()) },
})

export const UserEmailVerified = defineEvent({
  type: 'UserEmailVerified',
  stream: 'user',
  summary: 'A user proved to receive mail at the address on the account.',
  open: { userid },
  personal: { email: keptEmail },
})

export const UserGroupsChanged = defineEvent({
  type: 'UserGroupsChanged',
  stream: 'user',
  summary: 'A user joined or left groups.',
  open: { userid, groups: changeOf(groups) },
})

export const UserActivated = defineEvent({
  type: 'UserActivated',
  stream: 'user',
  summary: 'A deactivated user may sign in again.',
  open: { userid },
})

export const UserDeactivated = defineEvent({
  type: 'UserDeactivated',
  stream: 'user',
  summary: 'A user may no longer sign in; sessions, tokens and pending links end.',
  open: { userid },
})

export const UserErased = defineEvent({
  type: 'UserErased',
  stream: 'user',
  summary: 'A user was erased: the keys of the person and of the links sent to the person are destroyed.',
  open: { userid, link_ids: z.array(uuid) },
})
