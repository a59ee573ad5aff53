import { z } from 'zod'
import { userid } from '../../events/fields.ts'
import { SessionEnded } from '../../events/session.ts'
import { defineCommand } from '../definition.ts'
import { requireUser } from '../users/require-user.ts'
import { endSessionsOfUser } from './ending-sessions.ts'

const { session_id, reason } = SessionEnded.open.shape

/** Ends all sessions of a user, or all but one. */
export const endSessions = defineCommand({
  type: 'end-sessions',
  schema: z.strictObject({ userid, reason, keep_session: session_id.nullable().default(null) }),
  decide: (views, { userid, reason, keep_session: keep }) => {
    requireUser(views, userid)
    const events = endSessionsOfUser(views, userid, { reason, keep })
    return { events, outcome: { userid, ended: events.length } }
  },
})
