import { SignInFailuresCounted } from '../../events/session.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { requireUser } from '../users/require-user.ts'

/** Records that many proofs failed in a row for one account. */
export const countSignInFailures = defineCommand({
  type: 'count-sign-in-failures',
  schema: SignInFailuresCounted.open,
  decide: (views, input) => {
    const { userid } = requireUser(views, input.userid)
    return {
      events: [{ type: 'SignInFailuresCounted', ...ofUser(userid), data: input }],
      outcome: { userid },
    }
  },
})
