import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { command } from '../../commands/command.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import { type LinkView, linkPage } from '../../views/link.ts'
import { messagePage } from '../../views/message.ts'
import type { Page } from '../../views/page.ts'
import { REFUSAL_TABLE } from '../reply/refusal-table.ts'
import { sendPage } from '../reply/send-page.ts'
import { originOf } from '../request/event-origin.ts'
import { field } from '../request/form.ts'
import { LANDING } from '../request/local-path.ts'
import type { BrowserSession } from '../request/sessions.ts'
import { type AddressProof, addressProofOf, proveAddress } from './address-proof.ts'
import { wasAskedHere } from './asking-browser.ts'
import type { LoginDeps } from './deps.ts'
import { nextStep } from './first-credential.ts'
import { linkRequests } from './link-requests.ts'
import { typesCode } from './typed-code.ts'
import { useSignInLink } from './use-link.ts'

const PURPOSES = ['sign_in', 'email_verification'] as const
const WRONG_CODE = 'This code is not right. It is in the message that brought the link.'

type LinkPath = { Params: { token: string } }

/** A link, and how the browser that opens it got it. */
interface OpenedLink {
  token: string
  link: MagicLink
  session: BrowserSession | null
  by: LinkView['by']
  proof: AddressProof
}

/** Serves mailed links. Opening one changes nothing, because mail scanners open links too; its button does. */
export function linkRoutes(app: FastifyInstance, deps: LoginDeps): void {
  const requests = linkRequests(deps.documents)
  const find = async (hash: string) => {
    const link = deps.views.magicLinks.byTokenHash(hash)
    return link?.revoked ? null : link
  }
  const open = async (request: FastifyRequest, token: string): Promise<OpenedLink> => {
    const link = await deps.links.inspect(token, PURPOSES, find)
    const session = await deps.sessions.current(request)
    const proof = addressProofOf(link, session, deps)
    if (!proof) throw new Refusal('link_invalid', 'This link is not valid')
    return { token, link, session, by: comesBy(request, link, proof, deps), proof }
  }
  /** The request of this browser for the link; `null` when another browser asked. */
  const askedFor = async (request: FastifyRequest, link: MagicLink) => {
    if (!wasAskedHere(request, link, deps.browsers)) return null
    const asked = await requests.of(deps.browsers.of(request))
    // A later request of the same browser for the same person may have made no mail.
    return asked?.userid === link.userid ? asked : null
  }

  app.register(async (links) => {
    links.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof Refusal) || !error.code.startsWith('link_')) throw error
      const next = { href: '/login', label: 'Ask for a new link' }
      const page = messagePage({ title: 'This link does not work', text: `${error.message}.`, next })
      return sendPage(reply, page, { status: REFUSAL_TABLE[error.code].status })
    })

    const show = async (
      request: FastifyRequest,
      reply: FastifyReply,
      { token, link, by, proof }: OpenedLink,
      { status = 200, problem = null }: { status?: number; problem?: string | null } = {},
    ) => {
      const asked = await askedFor(request, link)
      const page = linkPage({
        token,
        csrf: deps.csrf.token(request, reply),
        username: link.username,
        purpose: link.purpose === 'sign_in' ? 'sign_in' : 'email_verification',
        by,
        removal: proof.removal,
        problem,
      })
      return sendPage(reply, page, { status, formTargets: asked?.form_targets ?? [] })
    }

    links.get<LinkPath>('/link/:token', async (request, reply) =>
      show(request, reply, await open(request, request.params.token)),
    )

    links.post<LinkPath>('/link/:token', async (request, reply) => {
      const opened = await open(request, request.params.token)
      const { link, session, by, proof } = opened
      if (by === 'code' && !(await typesCode(link.link_id, field(request.body, 'code'), deps))) {
        return show(request, reply, opened, { status: 403, problem: WRONG_CODE })
      }
      // A form removes only what its page showed.
      if (proof.removal && field(request.body, 'removes') !== proof.removal.key) {
        return show(request, reply, opened, { status: 409 })
      }
      if (link.purpose === 'email_verification') {
        await confirmAddress(request, { link, session, proof }, deps)
        if (session?.userid === proof.user.userid)
          return reply.redirect(`${LANDING}?done=email_verified`, 303)
        return sendPage(reply, confirmedPage(proof))
      }
      const asked = await askedFor(request, link)
      await useSignInLink(request, reply, { link, by: 'link', asked, session, proof }, deps)
      return reply.redirect(nextStep(proof.user.userid, asked?.target ?? LANDING, deps), 303)
    })
  })
}

/** The page after an address was confirmed in a browser in which its person is not signed in. */
function confirmedPage({ user, removal }: AddressProof): Page {
  const after = removal ? ' Let a link be mailed to it to choose a passkey or a password of your own.' : ''
  const text = `Mail to ${user.email} reaches ${user.username}.${after}`
  return messagePage({ title: 'The address is confirmed', text, next: { href: '/login', label: 'Sign in' } })
}

function comesBy(
  request: FastifyRequest,
  link: MagicLink,
  { byHolder }: AddressProof,
  { browsers }: LoginDeps,
): LinkView['by'] {
  if (wasAskedHere(request, link, browsers)) return 'asked'
  if (byHolder) return 'owner'
  return link.purpose === 'sign_in' && link.browser_hash === null ? 'handed' : 'code'
}

/** Uses a confirmation link up. @throws DuplicateError `email` when another account has proven the address. */
async function confirmAddress(
  request: FastifyRequest,
  { link, session, proof }: Pick<OpenedLink, 'link' | 'session' | 'proof'>,
  deps: LoginDeps,
): Promise<void> {
  if (proof.user.email === null) throw new Refusal('link_invalid', 'This link is not valid')
  if (!proof.proves && !proof.user.email_verified) throw new DuplicateError('email')
  const actor = { kind: 'user', id: proof.user.userid } as const
  const use = { token_hash: link.token, purpose: 'email_verification' as const }
  await deps.commands.submit(command('use-magic-link', use, actor, originOf(session, request.id)))
  await proveAddress(proof, { requestId: request.id, session }, deps)
}
