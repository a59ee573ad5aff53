import { z } from 'zod'
import type { NewEvent } from '../../events/envelope.ts'
import { phc, userid, uuid } from '../../events/fields.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { revokeLinksOfUser } from '../magic-links/revoking-links.ts'
import { endSessionsOfUser } from '../sessions/ending-sessions.ts'
import { ofUser } from '../subjects.ts'
import { requireUser } from '../users/require-user.ts'
import { requireNoCredential, setterOf } from './credential-setter.ts'

/**
 * Sets or replaces the password of a user, given as a hash. It revokes the user's links and, by default, ends the
 * sessions that began under the old password, except `keep_session`.
 */
export const setPassword = defineCommand({
  type: 'set-password',
  schema: z.strictObject({
    userid,
    password_hash: phc,
    /** Whether it may replace a password; otherwise a user who has one is refused as a duplicate `user_id`. */
    replace: z.boolean().default(true),
    /** Whether the account must have no credential yet; `proof_needed` otherwise. */
    first: z.boolean().default(false),
    end_sessions: z.boolean().default(true),
    keep_session: uuid.nullable().default(null),
  }),
  decide: (views, input, context) => {
    const { userid, password_hash, keep_session: keep } = input
    requireUser(views, userid)
    if (input.first) requireNoCredential(views, userid)
    if (!input.replace && views.credentials.passwordOf(userid)) throw new DuplicateError('user_id')
    const why = { reason: 'credential_changed', now: context.now } as const
    const set_by = setterOf(views, userid, context.actor)
    const events: NewEvent[] = [
      { type: 'PasswordSet', ...ofUser(userid), data: { userid, password_hash, set_by } },
      ...(input.end_sessions ? endSessionsOfUser(views, userid, { ...why, keep }) : []),
      ...revokeLinksOfUser(views, userid, why),
    ]
    return { events, outcome: { userid } }
  },
})
