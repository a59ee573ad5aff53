import { z } from 'zod'
import { base64url, email, groups, userid, username, uuid } from '../../events/fields.ts'
import { newProfile } from '../../events/profile.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'

/** A user handle that was made before its account: 16 to 64 random bytes (WebAuthn §5.4.3) as base64url. */
export const webauthnUserId = base64url.min(22).max(86)

/** Registers a user. The id must be new: also an erased person's is taken. */
export const registerUser = defineCommand({
  type: 'register-user',
  opensSubject: true,
  schema: z.strictObject({
    userid,
    username,
    email: email.nullable().default(null),
    email_verified: z.boolean().default(false),
    groups: groups.default([]),
    ...newProfile,
    link_id: uuid.nullable().default(null),
    /** Given when a passkey was made for this account before; made here otherwise. */
    webauthn_user_id: webauthnUserId.nullable().default(null),
  }),
  decide: (views, input, context) => {
    if (views.streams.isUseridTaken(input.userid)) throw new DuplicateError('userid')
    if (views.users.holderOfUsername(input.username)) throw new DuplicateError('username')
    if (input.email && input.email_verified && views.users.holderOfVerifiedEmail(input.email)) {
      throw new DuplicateError('email')
    }
    const webauthn_user_id = input.webauthn_user_id ?? Buffer.from(context.random(32)).toString('base64url')
    const data = { ...input, groups: [...new Set(input.groups)].sort(), webauthn_user_id }
    return {
      events: [{ type: 'UserRegistered', ...ofUser(input.userid), data }],
      outcome: { userid: input.userid },
    }
  },
})
