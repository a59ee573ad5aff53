import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { InteractionDetails } from '../../oidc/interactions.ts'
import { consentPage } from '../../views/consent.ts'
import { flowOf } from '../login/flow.ts'
import { showLogin } from '../login/routes.ts'
import { StaleInteraction } from '../reply/page-errors.ts'
import { formTarget } from '../reply/security-headers.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import type { BrowserSession } from '../request/sessions.ts'
import type { ConsentDeps } from './deps.ts'

type InteractionPath = { Params: { uid: string } }

/** Serves the pages on which an application asks a person to sign in or to agree. */
export function consentRoutes(app: FastifyInstance, deps: ConsentDeps): void {
  const { interactions, sessions, csrf } = deps

  const open = async (request: FastifyRequest<InteractionPath>, reply: FastifyReply) => {
    const details = await interactions.details(request.raw, reply.raw)
    if (details?.uid !== request.params.uid) throw new StaleInteraction()
    return { details, interactions, session: await sessions.current(request) }
  }

  app.get<InteractionPath>('/interaction/:uid', async (request, reply) => {
    const { details, interactions, session } = await open(request, reply)
    if (details.prompt === 'login') {
      if (session === null || !answersLogin(details, session)) {
        return showLogin(request, reply, await flowOf(request, reply, deps), deps)
      }
      return reply.redirect(await interactions.finishLogin(request.raw, reply.raw, session), 303)
    }
    if (session === null || details.accountId !== session.userid) throw new StaleInteraction()
    if (details.client.first_party) {
      return reply.redirect(await interactions.finishConsent(request.raw, reply.raw, session), 303)
    }
    const redirectUri = field(details.params, 'redirect_uri')
    const target = formTarget(redirectUri)
    const page = consentPage({
      action: `/interaction/${details.uid}/consent`,
      csrf: csrf.token(request, reply),
      application: details.client.name ?? details.client.client_id,
      destination: URL.canParse(redirectUri) ? new URL(redirectUri).host || redirectUri : redirectUri,
      username: deps.views.users.byUserid(session.userid)?.username ?? session.userid,
      scopes: field(details.params, 'scope').split(' ').filter(Boolean),
    })
    return sendPage(reply, page, { formTargets: target === null ? [] : [target] })
  })

  app.post<InteractionPath>('/interaction/:uid/consent', async (request, reply) => {
    const { details, interactions, session } = await open(request, reply)
    if (details.prompt !== 'consent' || session === null || details.accountId !== session.userid) {
      throw new StaleInteraction()
    }
    const agreed = field(request.body, 'decision') === 'allow'
    const next = agreed
      ? await interactions.finishConsent(request.raw, reply.raw, session)
      : await interactions.abort(request.raw, reply.raw, 'access_denied')
    return reply.redirect(next, 303)
  })
}

/**
 * Tells whether a session is the proof that an interaction asks for: given for it, or recent enough. Where the
 * provider asks for another person (`id_token_hint`), only a new sign-in answers.
 */
function answersLogin({ uid, reasons, provedSince }: InteractionDetails, session: BrowserSession): boolean {
  if (session.interaction === uid) return true
  if (provedSince !== null) return session.authTime >= provedSince
  return reasons.every((reason) => reason === 'no_session')
}
