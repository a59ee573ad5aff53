import { TokenReuseDetected } from '../../events/session.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'
import { requireUser } from '../users/require-user.ts'

/** Records that a code or refresh token was presented again after its use. */
export const reportTokenReuse = defineCommand({
  type: 'report-token-reuse',
  schema: TokenReuseDetected.open,
  decide: (views, input) => {
    const { userid } = requireUser(views, input.userid)
    return { events: [{ type: 'TokenReuseDetected', ...ofUser(userid), data: input }], outcome: { userid } }
  },
})
