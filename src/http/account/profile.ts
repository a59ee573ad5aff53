import type { FastifyInstance } from 'fastify'
import { actorOf } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { originOf } from '../request/event-origin.ts'
import { readPerson } from '../request/person-fields.ts'
import type { AccountDeps } from './deps.ts'
import { showAccount } from './show.ts'
import { requireSession } from './signed-in.ts'

/** Serves the form by which a person changes the name. */
export function profileRoutes(app: FastifyInstance, deps: AccountDeps): void {
  app.post('/account/profile', async (request, reply) => {
    const session = await requireSession(request, deps)
    const { person, typed, problems } = readPerson(request.body, deps.settings)
    if (problems.given_name || problems.family_name) {
      return showAccount(request, reply, { session, form: { typed, problems } }, deps)
    }
    const { given_name, family_name } = person
    const facts = { userid: session.userid, changes: { given_name, family_name } }
    await deps.commands.submit(command('change-user', facts, actorOf(session), originOf(session, request.id)))
    return reply.redirect('/account?done=profile_saved', 303)
  })
}
