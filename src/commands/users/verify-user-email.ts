import { z } from 'zod'
import type { NewEvent } from '../../events/envelope.ts'
import { keptEmail, userid } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { credentialsToDiscard, discardCredentials } from '../credentials/discarding-credentials.ts'
import { defineCommand } from '../definition.ts'
import { revokeLinksOfUser } from '../magic-links/revoking-links.ts'
import { endSessionsOfUser } from '../sessions/ending-sessions.ts'
import { ofUser } from '../subjects.ts'
import { requireUnprovenByOthers } from './changing-email.ts'
import { requireUser } from './require-user.ts'

/**
 * Records that a user receives mail at the address on the account. With `discard_unproven_credentials` it removes the
 * credentials that another person could have set before, and ends the sessions and links of the account: a person who
 * opened an account under another's address must not keep access once its owner proves it.
 */
export const verifyUserEmail = defineCommand({
  type: 'verify-user-email',
  schema: z.strictObject({
    userid,
    email: keptEmail,
    discard_unproven_credentials: z.boolean().default(false),
  }),
  decide: (views, input, context) => {
    const { userid } = input
    const user = requireUser(views, userid)
    const outcome = { userid }
    if (user.email !== input.email) {
      throw new Refusal('wrong_state', 'The account has another e-mail address by now')
    }
    if (user.email_verified) return { events: [], outcome }
    requireUnprovenByOthers(views, userid, input.email)
    const events: NewEvent[] = [
      { type: 'UserEmailVerified', ...ofUser(userid), data: { userid, email: input.email } },
    ]
    const discarded = input.discard_unproven_credentials
      ? discardCredentials(userid, credentialsToDiscard(views, user))
      : []
    if (discarded.length > 0) {
      const why = { reason: 'credential_changed', now: context.now } as const
      events.push(
        ...discarded,
        ...endSessionsOfUser(views, userid, why),
        ...revokeLinksOfUser(views, userid, why),
      )
    }
    return { events, outcome }
  },
})
