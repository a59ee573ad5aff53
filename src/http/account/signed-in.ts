import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasCredential } from '../../commands/credentials/credential-setter.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { FRESH_FOR, isFresh as isFreshAt } from '../guards/proof.ts'
import type { BrowserSession, Sessions } from '../request/sessions.ts'

/** The refusal of a request from a browser in which nobody is signed in. */
export class NotSignedIn extends Refusal {
  constructor() {
    super('proof_needed', 'Please sign in')
    this.name = 'NotSignedIn'
  }
}

/** Finds who is signed in. @throws NotSignedIn. */
export async function requireSession(
  request: FastifyRequest,
  { sessions }: { sessions: Sessions },
): Promise<BrowserSession> {
  const session = await sessions.current(request)
  if (session === null) throw new NotSignedIn()
  return session
}

/** Tells whether a password or passkey was given recently enough to change credentials; a link is neither. */
export function isFresh(session: BrowserSession, { clock }: { clock: Clock }): boolean {
  return isFreshAt(session, clock())
}

/**
 * Tells whether a person signed in by a link recently enough to add the first credential: only to an account that has
 * none, where a link is the only possible proof.
 */
export function mayAddFirst(
  { userid, amr, authTime }: BrowserSession,
  { clock, views }: { clock: Clock; views: Views },
): boolean {
  const cameByLink = amr.includes('link') || amr.includes('code')
  return cameByLink && clock() - authTime <= FRESH_FOR && !hasCredential(views, userid)
}

/**
 * Requires a fresh proof, or the right to add the first credential; answers whether it must be the first.
 *
 * @throws Refusal `proof_needed`.
 */
export function requireFreshOrFirst(
  session: BrowserSession,
  deps: { clock: Clock; views: Views },
): { first: boolean } {
  if (isFresh(session, deps)) return { first: false }
  if (!mayAddFirst(session, deps)) requireFresh(session, deps)
  return { first: true }
}

/** Requires a fresh proof. @throws Refusal `proof_needed`. */
export function requireFresh(session: BrowserSession, deps: { clock: Clock }): void {
  if (isFresh(session, deps)) return
  throw new Refusal('proof_needed', 'Please confirm first that it is you')
}

/** Redirects a person who must sign in, or give a proof again, to the page for it. */
export function sendToProof(error: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof NotSignedIn)) return reply.redirect('/account/confirm', 303)
  const wanted = request.method === 'GET' ? request.url : '/account'
  return reply.redirect(`/login?return_to=${encodeURIComponent(wanted)}`, 303)
}
