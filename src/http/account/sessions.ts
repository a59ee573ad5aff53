import type { FastifyInstance } from 'fastify'
import { actorOf } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { originOf } from '../request/event-origin.ts'
import type { AccountDeps } from './deps.ts'
import { requireSession } from './signed-in.ts'

/** Serves the forms by which a person ends sessions in other browsers. */
export function accountSessionRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { views, commands } = deps

  app.post<{ Params: { id: string } }>('/account/sessions/:id/end', async (request, reply) => {
    const session = await requireSession(request, deps)
    const session_id = request.params.id
    // Another person's session gets the same answer as none.
    if (views.sessions.byId(session_id)?.userid !== session.userid) {
      throw new Refusal('not_found', 'There is no such session')
    }
    const ending = { session_id, reason: 'user' as const }
    await commands.submit(command('end-session', ending, actorOf(session), originOf(session, request.id)))
    return reply.redirect('/account?done=session_ended', 303)
  })

  app.post('/account/sessions/end-others', async (request, reply) => {
    const session = await requireSession(request, deps)
    const ending = { userid: session.userid, reason: 'user' as const, keep_session: session.sessionId }
    await commands.submit(command('end-sessions', ending, actorOf(session), originOf(session, request.id)))
    return reply.redirect('/account?done=sessions_ended', 303)
  })
}
