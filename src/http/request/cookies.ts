import type { CookieSerializeOptions } from '@fastify/cookie'

/** The cookies of this service, as its public address allows them. */
export interface CookieNames {
  /** Who is signed in. */
  session: string
  /** Which browser it is, signed in or not; what begins in one browser must finish in it. */
  browser: string
  options: CookieSerializeOptions
}

/** Names the cookies: with `__Host-` on https, where no other host and no script can set or read them. */
export function cookieNames(issuer: string): CookieNames {
  const secure = new URL(issuer).protocol === 'https:'
  const prefix = secure ? '__Host-' : ''
  return {
    session: `${prefix}countersign`,
    browser: `${prefix}countersign-browser`,
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure },
  }
}

/** Tells whether a cookie can be one of our 256-bit tokens. */
export function isToken(value: string | undefined): value is string {
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)
}
