import type { FastifyReply } from 'fastify'
import type { PageDeps } from '../page-deps.ts'
import type { SignInMethod } from '../request/sessions.ts'

/** Signs a person in, and remembers the browser as one of theirs when a password or passkey was given. */
export async function completeSignIn(
  reply: FastifyReply,
  proof: { userid: string; amr: readonly SignInMethod[]; interaction: string | null },
  { sessions, browsers, throttle }: PageDeps,
): Promise<void> {
  const isKnown = proof.amr.includes('pwd') || proof.amr.includes('passkey')
  await Promise.all([
    isKnown && throttle.know(browsers.ensure(reply.request, reply), proof.userid),
    sessions.begin(reply, proof),
  ])
}
