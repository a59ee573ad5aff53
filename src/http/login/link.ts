import type { FastifyInstance, FastifyRequest } from 'fastify'
import { command } from '../../commands/command.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { linkPage } from '../../views/link.ts'
import { messagePage } from '../../views/message.ts'
import { LANDING } from '../local-path.ts'
import { originOf } from '../origin.ts'
import { sendPage } from '../page.ts'
import type { PageDeps } from '../page-deps.ts'
import { REFUSAL_TABLE } from '../refusal-table.ts'
import { linkRequests } from './link-requests.ts'
import { useSignInLink } from './use-link.ts'

const PURPOSES = ['sign_in', 'email_verification'] as const

type LinkPath = { Params: { token: string } }

/** Serves mailed links. Opening one, as mail scanners do too, changes nothing; its button does. */
export function linkRoutes(app: FastifyInstance, deps: PageDeps): void {
  const requests = linkRequests(deps.documents)
  const find = async (hash: string) => {
    const link = deps.views.magicLinks.byTokenHash(hash)
    return link?.revoked ? null : link
  }
  const inspect = (token: string) => deps.links.inspect(token, PURPOSES, find)
  const askedHere = async (request: FastifyRequest, linkId: string) => {
    const asked = await requests.of(deps.browsers.of(request))
    return asked?.link_id === linkId ? asked : null
  }

  app.register(async (links) => {
    links.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof Refusal) || !error.code.startsWith('link_')) throw error
      const next = { href: '/login', label: 'Ask for a new link' }
      const page = messagePage({ title: 'This link does not work', text: `${error.message}.`, next })
      return sendPage(reply, page, { status: REFUSAL_TABLE[error.code].status })
    })

    links.get<LinkPath>('/link/:token', async (request, reply) => {
      const { token } = request.params
      const link = await inspect(token)
      const asked = await askedHere(request, link.link_id)
      const page = linkPage({
        token,
        csrf: deps.csrf.token(request, reply),
        username: link.username,
        purpose: link.purpose === 'sign_in' ? 'sign_in' : 'email_verification',
        sameBrowser: asked !== null,
      })
      return sendPage(reply, page, { formTargets: asked?.form_targets ?? [] })
    })

    links.post<LinkPath>('/link/:token', async (request, reply) => {
      const link = await inspect(request.params.token)
      if (link.purpose === 'email_verification') {
        await confirmAddress(request, link, deps)
        return reply.redirect(`${LANDING}?done=email_verified`, 303)
      }
      const asked = await askedHere(request, link.link_id)
      await useSignInLink(request, reply, { link, by: 'link', asked }, deps)
      return reply.redirect(asked?.target ?? LANDING, 303)
    })
  })
}

/**
 * Uses a confirmation link up. Credentials set before survive only when the one who proves the address is the one
 * who proved them: signed in here, with more than a mailed link.
 */
async function confirmAddress(
  request: FastifyRequest,
  link: { token: string; userid: string | null },
  { commands, sessions, views }: PageDeps,
): Promise<void> {
  const session = await sessions.current(request)
  const actor = { kind: 'user', id: link.userid ?? 'anonymous' } as const
  const origin = originOf(session, request.id)
  const use = { token_hash: link.token, purpose: 'email_verification' as const }
  const { outcome } = await commands.submit(command('use-magic-link', use, actor, origin))
  const user = views.users.byUserid(String(outcome.userid))
  if (!user || user.email === null) throw new Refusal('link_invalid', 'This link is not valid')
  const isOwner = session?.userid === user.userid && session.strongAuthTime !== null
  const facts = { userid: user.userid, email: user.email, discard_unproven_credentials: !isOwner }
  await commands.submit(command('verify-user-email', facts, actor, origin))
}
