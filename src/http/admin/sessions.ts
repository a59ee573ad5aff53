import { z } from 'zod'
import { requireUser } from '../../commands/users/require-user.ts'
import { uuid } from '../../events/fields.ts'
import { isoTime } from '../../kernel/clock.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { AdminDeps } from './deps.ts'
import { pageOf } from './paging.ts'
import { type AdminRoute, adminRoute } from './route.ts'
import { userParams } from './user-schema.ts'

const sessionAnswer = z.object({
  session_id: z.string(),
  userid: z.string(),
  amr: z.array(z.string()).describe('How the person signed in'),
  address: z.string().nullable(),
  device_name: z.string().nullable(),
  started_at: z.string(),
  expires_at: z.string(),
})

/** The routes that list where a user is signed in and end a session. */
export function sessionRoutes({ views, clock }: AdminDeps): AdminRoute[] {
  return [
    adminRoute({
      name: 'listSessions',
      method: 'GET',
      path: '/users/:userid/sessions',
      tag: 'sessions',
      summary: 'List where a user is signed in',
      proof: 'session',
      params: userParams,
      answer: pageOf(sessionAnswer),
      handle: async ({ params: { userid } }) => {
        requireUser(views, userid)
        const now = isoTime(clock())
        return {
          items: views.sessions.ofUser(userid).filter((session) => session.expires_at > now),
          next_cursor: null,
        }
      },
    }),
    adminRoute({
      name: 'endSession',
      method: 'DELETE',
      path: '/users/:userid/sessions/:session_id',
      tag: 'sessions',
      summary: 'End a session of a user, with its tokens',
      proof: 'session',
      params: userParams.extend({ session_id: uuid }),
      answer: null,
      handle: async ({ params: { userid, session_id }, submit }) => {
        const session = views.sessions.byId(session_id)
        // For a session that is gone the command decides: it knows whether an earlier try of this call ended it.
        if (session && session.userid !== userid) throw new Refusal('not_found', 'There is no such session')
        await submit('end-session', { session_id, reason: 'administrator' })
      },
    }),
  ]
}
