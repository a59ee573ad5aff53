import type { FastifyReply, FastifyRequest } from 'fastify'
import { command } from '../../commands/command.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/magic-link.ts'
import { originOf } from '../origin.ts'
import type { PageDeps } from '../page-deps.ts'
import { completeSignIn } from './complete.ts'
import type { LinkRequest } from './link-requests.ts'
import { ASKED_FOR } from './request-link.ts'

/**
 * Uses a sign-in link up and signs its user in: of all who try, one.
 *
 * @throws Refusal `link_invalid`, `link_used`, `link_expired`.
 */
export async function useSignInLink(
  request: FastifyRequest,
  reply: FastifyReply,
  { link, by, asked }: { link: MagicLink; by: 'link' | 'code'; asked: LinkRequest | null },
  deps: PageDeps,
): Promise<void> {
  const interaction = asked?.interaction ?? null
  const origin = { ...originOf(null, request.id), flow: interaction }
  const actor = { kind: 'user', id: link.userid ?? 'anonymous' } as const
  const use = { token_hash: link.token, purpose: 'sign_in' as const }
  const { outcome } = await deps.commands.submit(command('use-magic-link', use, actor, origin))
  const userid = String(outcome.userid)
  if (link.created_by === ASKED_FOR) await proveAddress(userid, { request, deps })
  await completeSignIn(reply, { userid, amr: [by], interaction }, deps)
}

/**
 * Records that mail to the account reached somebody. Whatever credentials were set before by whoever it was do
 * not outlive that.
 */
async function proveAddress(
  userid: string,
  { request, deps }: { request: FastifyRequest; deps: PageDeps },
): Promise<void> {
  const user = deps.views.users.byUserid(userid)
  if (!user || user.email === null || user.email_verified) return
  const facts = { userid, email: user.email, discard_unproven_credentials: true }
  const proof = command('verify-user-email', facts, { kind: 'user', id: userid }, originOf(null, request.id))
  await deps.commands.submit(proof).catch((error: unknown) => {
    // Another account holds the address already. The mail still reached this one's owner.
    if (!(error instanceof DuplicateError)) throw error
  })
}
