import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import { linkSentPage } from '../../views/link-sent.ts'
import type { Removal } from '../../views/removal.ts'
import { takeFrom } from '../guards/budget.ts'
import { counterKind } from '../guards/throttle.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import { addressProofOf } from './address-proof.ts'
import { browserHash } from './asking-browser.ts'
import type { LoginDeps } from './deps.ts'
import { nextStep } from './first-credential.ts'
import { type Flow, flowOf } from './flow.ts'
import { type LinkRequest, linkRequests } from './link-requests.ts'
import { useSignInLink } from './use-link.ts'

/** How often a code may be mistyped; after that only the link itself works. */
const TRIES = [{ limit: 5, window: 10 * 60_000 }] as const
const FAILED = 'This code is not right, or it has ended. Try again, or ask for a new message.'

/** Serves the page after the request for a link, where the code of the mail can be typed. */
export function codeRoutes(app: FastifyInstance, deps: LoginDeps, path: string): void {
  const requests = linkRequests(deps.documents)

  app.get(`${path}/code`, async (request, reply) => {
    const flow = await flowOf(request, reply, deps)
    return showSent(request, reply, flow, deps)
  })

  app.post(`${path}/code`, async (request, reply) => {
    const flow = await flowOf(request, reply, deps)
    const browser = deps.browsers.ensure(request, reply)
    const asked = await requests.of(browser)
    const code = field(request.body, 'code')
    const link = asked && (await judgeCode(request, { asked, browser, code }, deps))
    const session = await deps.sessions.current(request)
    const proof = link && addressProofOf(link, session, deps)
    if (!proof) return showSent(request, reply, flow, deps, { problem: FAILED })
    const { removal } = proof
    if (removal && field(request.body, 'removes') !== removal.key) {
      return showSent(request, reply, flow, deps, { confirm: { code, removal } })
    }
    await useSignInLink(request, reply, { link, by: 'code', asked, session, proof }, deps)
    await requests.forget(browser)
    return reply.redirect(nextStep(proof.user.userid, asked.target, deps), 303)
  })
}

/** Finds the link whose code was typed; `null` when it is wrong or was tried too often. */
async function judgeCode(
  request: FastifyRequest,
  { asked, browser, code }: { asked: LinkRequest; browser: string; code: string },
  deps: LoginDeps,
): Promise<MagicLink | null> {
  const user = asked.userid === null ? null : deps.views.users.byUserid(asked.userid)
  const attempt = await deps.throttle.attempt(request, { key: asked.account, user })
  try {
    const linkId = lastMailedTo(browser, asked, deps)
    const tries = await takeFrom(TRIES, `code:${linkId}`, deps, counterKind({ user }))
    const link = attempt.allowed && tries.within ? await linkOfCode(linkId, code, deps) : null
    if (link === null) attempt.failed()
    else await attempt.giveBack()
    return link
  } finally {
    attempt.end()
  }
}

/** Finds the last link that was mailed for this browser: a request over the budget makes none. */
function lastMailedTo(browser: string, { link_id, userid }: LinkRequest, { views }: LoginDeps): string {
  const whose = userid ?? ''
  const mailed = browserHash(browser, whose)
  const pending = views.magicLinks.pendingOfUser(whose)
  const link = pending.find(({ purpose, browser_hash }) => purpose === 'sign_in' && browser_hash === mailed)
  return link?.link_id ?? link_id
}

async function linkOfCode(
  linkId: string,
  code: string,
  { links, views }: LoginDeps,
): Promise<MagicLink | null> {
  try {
    return await links.inspectCode({ linkId, code }, 'sign_in', async (id) => {
      const found = views.magicLinks.byId(id)
      return found?.revoked ? null : found
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return null
  }
}

function showSent(
  request: FastifyRequest,
  reply: FastifyReply,
  flow: Flow,
  { csrf }: LoginDeps,
  what: { problem?: string; confirm?: { code: string; removal: Removal } } = {},
): FastifyReply {
  const { problem = null, confirm = null } = what
  const page = linkSentPage({ action: flow.action, csrf: csrf.token(request, reply), problem, confirm })
  return sendPage(reply, page, { status: problem === null ? 200 : 403, formTargets: flow.formTargets })
}
