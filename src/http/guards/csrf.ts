import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Secret } from '../../kernel/secret.ts'
import type { Browsers } from '../request/browsers.ts'
import type { CookieNames } from '../request/cookies.ts'

/** Proves that a form was made for the browser, and the session, that sends it. */
export interface Csrf {
  /** The token for the hidden field `csrf`, or for the header `x-csrf-token`, of what this reply shows. */
  token(request: FastifyRequest, reply: FastifyReply): string
  /** Tells whether a request carries the token of its own cookies. */
  verify(request: FastifyRequest): boolean
}

/** Makes the signer of form tokens: an HMAC over both cookies, so a token of another browser or session is not valid. */
export function createCsrf(key: Secret<Uint8Array>, browsers: Browsers, names: CookieNames): Csrf {
  const signing = createSecretKey(key.reveal())
  const sign = (browser: string, request: FastifyRequest) =>
    createHmac('sha256', signing)
      .update(`${browser}\n${request.cookies[names.session] ?? ''}`)
      .digest('base64url')
  return {
    token: (request, reply) => sign(browsers.ensure(request, reply), request),
    verify(request) {
      const browser = browsers.of(request)
      const given = givenToken(request)
      if (browser === null || given === null) return false
      const expected = Buffer.from(sign(browser, request))
      const actual = Buffer.from(given)
      return actual.length === expected.length && timingSafeEqual(actual, expected)
    },
  }
}

function givenToken(request: FastifyRequest): string | null {
  const header = request.headers['x-csrf-token']
  if (typeof header === 'string') return header
  const { body } = request
  if (typeof body !== 'object' || body === null || !('csrf' in body)) return null
  return typeof body.csrf === 'string' ? body.csrf : null
}
