import type { IncomingHttpHeaders } from 'node:http'

/**
 * Tells whether a request comes from a page of this service, by the headers that no page can forge. A program
 * that is no browser sends neither; it has no cookies that somebody else could ride on.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, issuer: string): boolean {
  if (headers.origin !== undefined) return headers.origin === new URL(issuer).origin
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}
