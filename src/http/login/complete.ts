import type { FastifyReply } from 'fastify'
import type { Throttle } from '../guards/throttle.ts'
import type { Browsers } from '../request/browsers.ts'
import type { Sessions, SignInMethod } from '../request/sessions.ts'

/** What completing a sign-in needs. */
export interface CompletionDeps {
  sessions: Sessions
  browsers: Browsers
  throttle: Throttle
}

/** Signs a person in, and remembers the browser as known when a password or passkey was given. */
export async function completeSignIn(
  reply: FastifyReply,
  proof: { userid: string; amr: readonly SignInMethod[]; interaction: string | null },
  { sessions, browsers, throttle }: CompletionDeps,
): Promise<void> {
  const isKnown = proof.amr.includes('pwd') || proof.amr.includes('passkey')
  await Promise.all([
    isKnown && throttle.know(browsers.ensure(reply.request, reply), proof.userid),
    sessions.begin(reply, proof),
  ])
}
