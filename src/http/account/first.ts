import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasCredential } from '../../commands/credentials/credential-setter.ts'
import { firstCredentialPage } from '../../views/first-credential.ts'
import { FIRST_CREDENTIAL } from '../login/first-credential.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import { localPath } from '../request/local-path.ts'
import type { BrowserSession } from '../request/sessions.ts'
import type { AccountDeps } from './deps.ts'
import { mayAddFirst, requireSession } from './signed-in.ts'

/** Serves the page on which a person who signed in by a link chooses a first passkey or password. */
export function firstCredentialRoutes(app: FastifyInstance, deps: AccountDeps): void {
  app.get(FIRST_CREDENTIAL, async (request, reply) => {
    const session = await requireSession(request, deps)
    const returnTo = localPath(field(request.query, 'return_to'), deps.settings.issuer)
    if (hasCredential(deps.views, session.userid)) return reply.redirect(returnTo, 303)
    return showFirst(request, reply, { session, returnTo }, deps)
  })
}

/** Shows the page again, with what was wrong with the password. */
export function showFirst(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    session,
    returnTo,
    problem = null,
  }: { session: BrowserSession; returnTo: string; problem?: string | null },
  deps: AccountDeps,
): FastifyReply {
  const page = firstCredentialPage({
    csrf: deps.csrf.token(request, reply),
    username: deps.views.users.byUserid(session.userid)?.username ?? session.userid,
    leastLength: deps.settings.passwordMinLength,
    returnTo,
    fresh: mayAddFirst(session, deps),
    problem,
  })
  return sendPage(reply, page, { status: problem === null ? 200 : 400 })
}
