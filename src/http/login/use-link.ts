import type { FastifyReply, FastifyRequest } from 'fastify'
import { command } from '../../commands/command.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import { originOf } from '../request/event-origin.ts'
import type { BrowserSession } from '../request/sessions.ts'
import { type AddressProof, proveAddress } from './address-proof.ts'
import { wasAskedHere } from './asking-browser.ts'
import { completeSignIn } from './complete.ts'
import type { LoginDeps } from './deps.ts'
import type { LinkRequest } from './link-requests.ts'

/** A link that is used: how, which browser asked for it, and what that proves. */
interface UsedLink {
  link: MagicLink
  by: 'link' | 'code'
  /** The request of this browser for the link; `null` when another browser asked. */
  asked: LinkRequest | null
  session: BrowserSession | null
  proof: AddressProof
}

/**
 * Uses up a sign-in link and signs its user in; exactly one of several callers succeeds.
 *
 * @throws Refusal `link_invalid`, `link_used`, `link_expired`.
 */
export async function useSignInLink(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, by, asked, session, proof }: UsedLink,
  deps: LoginDeps,
): Promise<void> {
  const interaction = asked?.interaction ?? null
  const origin = { ...originOf(null, request.id), flow: interaction }
  const { userid } = proof.user
  const use = { token_hash: link.token, purpose: 'sign_in' as const }
  await deps.commands.submit(command('use-magic-link', use, { kind: 'user', id: userid }, origin))
  await proveAddress(proof, { requestId: request.id, session }, deps)
  await completeSignIn(reply, { userid, amr: [by], interaction }, deps)
  const browser = deps.browsers.of(request)
  if (browser !== null && wasAskedHere(request, link, deps.browsers)) {
    await deps.throttle.mails.know(browser, userid)
  }
}
