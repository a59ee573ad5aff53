import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../accounts/principal.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Csrf } from './csrf.ts'
import type { Check } from './guard.ts'

/** Marks a route that uses no cookie of ours as a proof, such as the protocol's own endpoints. */
export const NOT_BY_COOKIE = Symbol('the route does not use our cookies')

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

/** What telling forged requests from our own needs. */
export interface ForgeryDeps {
  csrf: Csrf
  settings: { issuer: string }
}

/**
 * Refuses an unsafe request unless it comes from our own origin and carries the token of its cookies.
 * The only exception is a request whose caller was found by an access token (`request.principal`, which the admin
 * API sets): no other site can make a browser send one. An `Authorization` header alone means nothing, because
 * every route outside the admin API uses the cookie, even with that header.
 */
export function preventForgery({ csrf, settings: { issuer } }: ForgeryDeps): Check {
  return async (request) => {
    if (SAFE.has(request.method) || request.routeOptions.config.forgery === NOT_BY_COOKIE) return
    if (request.is404 || isByToken(request.principal)) return
    if (!isSameOrigin(request.headers, issuer)) {
      throw new ForgedRequest(`This request came from another site; the service is at ${issuer}`)
    }
    if (!csrf.verify(request)) throw new ForgedRequest('This page is out of date; please load it again')
  }
}

/**
 * Tells whether a request comes from a page of this service, by headers that no page can forge. A program that is
 * no browser sends neither; it has no cookies that another site could use.
 */
function isSameOrigin(headers: IncomingHttpHeaders, issuer: string): boolean {
  if (headers.origin !== undefined) return headers.origin === new URL(issuer).origin
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

function isByToken(principal: Principal | null): boolean {
  return principal !== null && (principal.kind === 'client' || principal.token !== null)
}
