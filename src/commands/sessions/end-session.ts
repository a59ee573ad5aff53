import { z } from 'zod'
import { SessionEnded } from '../../events/session.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofUser } from '../subjects.ts'

const { session_id, reason } = SessionEnded.open.shape

/** Ends a session that has not expired. */
export const endSession = defineCommand({
  type: 'end-session',
  schema: z.strictObject({ session_id, reason }),
  decide: (views, { session_id, reason }, context) => {
    const session = views.sessions.byId(session_id)
    if (!session || session.expires_at <= context.now)
      throw new Refusal('not_found', 'There is no such session')
    const { userid } = session
    return {
      events: [{ type: 'SessionEnded', ...ofUser(userid), data: { userid, session_id, reason } }],
      outcome: { session_id },
    }
  },
})
