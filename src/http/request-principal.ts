import type { FastifyReply, FastifyRequest } from 'fastify'
import { isAdministrator, type Principal, type TokenReader } from './principal.ts'
import { sendProblem } from './problem.ts'

/** What tells who calls. */
export interface CallerSources {
  readToken: TokenReader
  sessions: {
    /** Finds the person behind the browser's session cookie; `null` when there is none or it has ended. */
    current(request: FastifyRequest): Promise<Principal | null>
  }
}

/** The `b64token` of RFC 6750 §2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i

/** Tells whether a request brings a token, whatever it is worth: only then is the cookie not looked at. */
export function bringsToken(request: FastifyRequest): boolean {
  return /^Bearer\b/i.test(request.headers.authorization ?? '')
}

/** Finds out who calls: by the bearer token when there is one, by the session cookie otherwise. */
export async function principalOf(
  request: FastifyRequest,
  sources: CallerSources,
): Promise<Principal | null> {
  if (!bringsToken(request)) return sources.sessions.current(request)
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1]
  return token === undefined ? null : sources.readToken(token)
}

/** Answers that nobody known is calling (RFC 6750 §3). */
export function sendUnauthenticated(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = bringsToken(request) ? ', error="invalid_token"' : ''
  reply.header('www-authenticate', `Bearer realm="countersign"${error}`)
  const detail = 'Sign in, or bring an access token that is still good'
  return sendProblem(reply, { title: 'Not signed in', status: 401, detail, code: 'unauthenticated' })
}

/** Answers that the caller is known and may not (RFC 6750 §3.1). */
export function sendForbidden(reply: FastifyReply): FastifyReply {
  reply.header('www-authenticate', 'Bearer realm="countersign", error="insufficient_scope", scope="admin"')
  const detail = 'This needs the scope admin, and of a person also the group admin'
  return sendProblem(reply, { title: 'Not allowed', status: 403, detail, code: 'forbidden' })
}

/**
 * Makes the hook that lets administrators pass and notes on the request who it is. Anybody else is answered
 * before the body is read.
 */
export function requireAdministrator(sources: CallerSources) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const principal = await principalOf(request, sources)
    if (!principal) return sendUnauthenticated(request, reply)
    if (!isAdministrator(principal)) return sendForbidden(reply)
    request.principal = principal
    return undefined
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, once a hook of the route has found it out. */
    principal: Principal | null
  }
}
