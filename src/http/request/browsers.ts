import { fastifyCookie } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { randomToken } from '../../kernel/random.ts'
import { type CookieNames, isToken } from './cookies.ts'

/** A year, in seconds: long enough that the owner's browser stays known. */
const REMEMBERED_FOR = 365 * 24 * 60 * 60

/** Tells browsers apart by a random token that each keeps; it does not identify a person. */
export interface Browsers {
  /** The token of the browser that asks, or `null` when it brought none. */
  of(request: FastifyRequest): string | null
  /** As `of`, for those who have only the `Cookie` header of a request. */
  ofCookies(header: string | undefined): string | null
  /** The token of the browser; the reply gives it one if it has none. */
  ensure(request: FastifyRequest, reply: FastifyReply): string
}

/** Makes the keeper of browser tokens. */
export function createBrowsers(names: CookieNames): Browsers {
  const given = new WeakMap<FastifyRequest, string>()
  const among = (cookies: Record<string, string | undefined>) => {
    const value = cookies[names.browser]
    return isToken(value) ? value : null
  }
  const brought = (request: FastifyRequest) => among(request.cookies)
  return {
    of: (request) => given.get(request) ?? brought(request),
    ofCookies: (header) => among(fastifyCookie.parse(header ?? '')),
    ensure(request, reply) {
      const known = given.get(request) ?? brought(request)
      if (known !== null) return known
      const token = randomToken()
      given.set(request, token)
      reply.setCookie(names.browser, token, { ...names.options, maxAge: REMEMBERED_FOR })
      return token
    },
  }
}
