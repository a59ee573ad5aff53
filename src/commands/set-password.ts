import { z } from 'zod'
import type { NewEvent } from '../events/envelope.ts'
import { phc, userid, uuid } from '../events/fields.ts'
import { defineCommand } from './definition.ts'
import { endSessionsOfUser } from './ending-sessions.ts'
import { requireUser } from './require-user.ts'
import { revokeLinksOfUser } from './revoking-links.ts'
import { ofUser } from './subjects.ts'

/**
 * Gives a user a password, or another one, hashed already. It voids the user's links and, unless told
 * otherwise, ends the sessions that began under the old one, but for `keep_session`.
 */
export const setPassword = defineCommand({
  type: 'set-password',
  schema: z.strictObject({
    userid,
    password_hash: phc,
    end_sessions: z.boolean().default(true),
    keep_session: uuid.nullable().default(null),
  }),
  decide: (views, input, context) => {
    const { userid, password_hash, keep_session: keep } = input
    requireUser(views, userid)
    const why = { reason: 'credential_changed', now: context.now } as const
    const events: NewEvent[] = [
      { type: 'PasswordSet', ...ofUser(userid), data: { userid, password_hash } },
      ...(input.end_sessions ? endSessionsOfUser(views, userid, { ...why, keep }) : []),
      ...revokeLinksOfUser(views, userid, why),
    ]
    return { events, outcome: { userid } }
  },
})
