import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isoTime } from '../../kernel/clock.ts'
import { foldedKey } from '../../kernel/name-key.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import { inviteCodePage } from '../../views/invite-code.ts'
import { takeFrom } from '../guards/budget.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import type { InviteDeps } from './deps.ts'
import { inviteTickets } from './tickets.ts'

/** How often the code of an invitation may be mistyped in a day; beyond that only its link works. */
const TRIES = [{ limit: 20, window: 24 * 60 * 60_000 }] as const
const FAILED = 'There is no invitation with this name and code, or it has ended.'

/** Serves the page on which a person types the code of an invitation instead of opening its link. */
export function inviteCodeRoutes(app: FastifyInstance, deps: InviteDeps): void {
  const tickets = inviteTickets(deps)

  app.get('/invite', async (request, reply) => show(request, reply, '', null, deps))

  app.post('/invite', async (request, reply) => {
    const username = field(request.body, 'username').trim().slice(0, 256)
    const link = await invitationOf(request, { username, code: field(request.body, 'code') }, deps)
    if (!link) return show(request, reply, username, FAILED, deps)
    return reply.redirect(`/invite/${await tickets.issue(link)}`, 303)
  })
}

/** Finds the valid invitation of a name and a code. For a name without an invitation the work is the same. */
async function invitationOf(
  request: FastifyRequest,
  { username, code }: { username: string; code: string },
  deps: InviteDeps,
): Promise<MagicLink | null> {
  const { views, links, throttle, clock } = deps
  const key = `invited:${foldedKey(username)}`
  const attempt = await throttle.attempt(request, { key, user: null })
  try {
    const now = isoTime(clock())
    const pending = views.magicLinks.pendingOfUsername(username)
    const link = pending.find(({ purpose, expires_at }) => purpose === 'invitation' && expires_at > now)
    // Only counts for names without an invitation may be evicted.
    const tries = await takeFrom(TRIES, key, deps, link ? 'throttle' : 'throttle_open')
    const isRight = links.isCodeOf(link?.link_id ?? '', code)
    if (!attempt.allowed || !tries.within || !link || !isRight) {
      attempt.failed()
      return null
    }
    await Promise.all([attempt.giveBack(), tries.giveBack()])
    return link
  } finally {
    attempt.end()
  }
}

function show(
  request: FastifyRequest,
  reply: FastifyReply,
  username: string,
  problem: string | null,
  { csrf }: InviteDeps,
): FastifyReply {
  const page = inviteCodePage({ csrf: csrf.token(request, reply), username, problem })
  return sendPage(reply, page, { status: problem === null ? 200 : 403 })
}
