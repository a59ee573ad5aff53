import { SignInThrottled } from '../../events/session.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { requireUser } from '../users/require-user.ts'

/** Records that sign-in attempts for an account were throttled. */
export const recordThrottling = defineCommand({
  // Logs hold this name.
  type: 'throttle-sign-in',
  schema: SignInThrottled.open,
  decide: (views, input) => {
    const { userid } = requireUser(views, input.userid)
    return { events: [{ type: 'SignInThrottled', ...ofUser(userid), data: input }], outcome: { userid } }
  },
})
