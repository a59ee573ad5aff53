import { z } from 'zod'
import { SignInSucceeded } from '../../events/session.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { requireActiveUser } from '../users/require-user.ts'

const { address, device_name } = SignInSucceeded.personal.shape

/**
 * Records that a person proved to be an active user, and begins a session; or extends a session of the same person,
 * which then expires counted from this proof.
 */
export const recordSignIn = defineCommand({
  type: 'record-sign-in',
  schema: z.strictObject({
    ...SignInSucceeded.open.shape,
    address: address.default(null),
    device_name: device_name.default(null),
  }),
  decide: (views, input, context) => {
    const { userid, session_id } = input
    requireActiveUser(views, userid)
    if (input.expires_at <= context.now)
      throw new Refusal('invalid_input', 'The session would have ended already')
    const known = views.sessions.byId(session_id)
    if (known && known.userid !== userid) throw new DuplicateError('session_id')
    return { events: [{ type: 'SignInSucceeded', ...ofUser(userid), data: input }], outcome: { session_id } }
  },
})
