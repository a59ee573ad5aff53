import type { FastifyInstance } from 'fastify'
import type { Principal } from '../../accounts/principal.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Csrf } from './csrf.ts'
import { isSameOrigin } from './same-origin.ts'

/** For routes that take no cookie of ours as a proof of anything, such as the protocol's own endpoints. */
export const NOT_BY_COOKIE = Symbol('the route does not go by our cookies')

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Leaves out the check against requests that other sites make a browser send. */
    forgery?: typeof NOT_BY_COOKIE
  }
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** The refusal of a request that was not made by a page of ours, or by one that is out of date. */
export class ForgedRequest extends Refusal {
  constructor(message: string) {
    super('forged_request', message)
    this.name = 'ForgedRequest'
  }
}

/**
 * Checks every unsafe request of a server: it must come from our own origin and carry the token of its cookies.
 * The only exception is a request whose caller was found by an access token (`request.principal`, which the admin
 * API sets): no other site can make a browser send one. An `Authorization` header alone means nothing, because
 * everything outside the admin API goes by the cookie whatever that header says.
 */
export function preventForgery(app: FastifyInstance, { csrf, issuer }: { csrf: Csrf; issuer: string }): void {
  app.addHook('preHandler', async (request) => {
    if (SAFE.has(request.method) || request.routeOptions.config.forgery === NOT_BY_COOKIE) return
    if (request.is404 || isByToken(request.principal)) return
    if (!isSameOrigin(request.headers, issuer)) {
      throw new ForgedRequest(`This request came from another site; the service is at ${issuer}`)
    }
    if (!csrf.verify(request)) throw new ForgedRequest('This page is out of date; please load it again')
  })
}

function isByToken(principal: Principal | null): boolean {
  return principal !== null && (principal.kind === 'client' || principal.token !== null)
}
