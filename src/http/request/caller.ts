import type { FastifyReply, FastifyRequest } from 'fastify'
import { judgeAdministrator, type Principal, type TokenReader } from '../../accounts/principal.ts'
import { ACR_VALUES } from '../../oidc/authentication-context.ts'
import { FRESH_FOR, isFresh } from '../guards/proof.ts'
import { sendProblem } from '../reply/problem.ts'
import { REFUSAL_TABLE } from '../reply/refusal-table.ts'

/** What identifies a caller. */
export interface CallerSources {
  readToken: TokenReader
  sessions: {
    /** Finds the person of the browser's session cookie; `null` when there is none or it has ended. */
    current(request: FastifyRequest): Promise<Principal | null>
  }
}

/** The `b64token` of RFC 6750 §2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i

/** Tells whether a request brings a token, valid or not: only then is the cookie ignored. */
export function bringsToken(request: FastifyRequest): boolean {
  return /^Bearer\b/i.test(request.headers.authorization ?? '')
}

/** Identifies the caller by the bearer token when there is one, else by the session cookie. */
export async function principalOf(
  request: FastifyRequest,
  sources: CallerSources,
): Promise<Principal | null> {
  if (!bringsToken(request)) return sources.sessions.current(request)
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1]
  return token === undefined ? null : sources.readToken(token)
}

/** Answers that the caller is not authenticated (RFC 6750 §3). */
export function sendUnauthenticated(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = bringsToken(request) ? ', error="invalid_token"' : ''
  reply.header('www-authenticate', `Bearer realm="countersign"${error}`)
  const detail = 'Sign in, or bring an access token that is still good'
  return sendProblem(reply, { title: 'Not signed in', status: 401, detail, code: 'unauthenticated' })
}

/** Answers that the caller has not the right (RFC 6750 §3.1). */
export function sendForbidden(reply: FastifyReply): FastifyReply {
  reply.header('www-authenticate', 'Bearer realm="countersign", error="insufficient_scope", scope="admin"')
  const detail = 'This needs the scope admin, and of a person also the group admin'
  return sendProblem(reply, { title: 'Not allowed', status: 403, detail, code: 'forbidden' })
}

/** Answers that the caller must first give a password or passkey, in the form of RFC 9470 §3. */
export function sendProofNeeded(reply: FastifyReply, detail: string): FastifyReply {
  const parameters = `acr_values="${ACR_VALUES[1]}", max_age="${FRESH_FOR / 1000}"`
  reply.header(
    'www-authenticate',
    `Bearer realm="countersign", error="insufficient_user_authentication", ${parameters}`,
  )
  const { status, title } = REFUSAL_TABLE.proof_needed
  return sendProblem(reply, { title, status, detail, code: 'proof_needed' })
}

/** The answer to a session that was begun by mail alone. */
export const NOT_BY_MAIL =
  'A mailed link or code is not enough to administer: sign in with a password or passkey'
/** The answer to a session whose password or passkey was given too long ago. */
export const NOT_SO_LATE =
  'This needs a password or passkey given in the last five minutes: confirm that it is you'

/** Tells whether a caller gave a fresh proof; machines authenticate with every token. */
export function hasFreshProof(principal: Principal, now: number): boolean {
  return principal.kind === 'client' || isFresh(principal, now)
}

/**
 * Makes the check that lets administrators pass and sets `request.principal`. Any other caller is answered before
 * the body is read.
 */
export function requireAdministrator(sources: CallerSources) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const principal = await principalOf(request, sources)
    if (!principal) return sendUnauthenticated(request, reply)
    const verdict = judgeAdministrator(principal)
    if (verdict === 'forbidden') return sendForbidden(reply)
    if (verdict === 'proof_needed') return sendProofNeeded(reply, NOT_BY_MAIL)
    request.principal = principal
    return undefined
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller, after a check of the route has identified it. */
    principal: Principal | null
  }
}
