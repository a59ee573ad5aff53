import type { FastifyRequest } from 'fastify'
import { tokenHash } from '../../kernel/random.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Browsers } from '../request/browsers.ts'

/** Computes the hash by which a link knows the browser that asked for it; it differs for each account. */
export function browserHash(browser: string, userid: string): string {
  return tokenHash(`link:${userid}:${browser}`)
}

/** Tells whether a link was asked for in the browser of a request. */
export function wasAskedHere(
  request: FastifyRequest,
  { browser_hash, userid }: Pick<MagicLink, 'browser_hash' | 'userid'>,
  browsers: Browsers,
): boolean {
  const browser = browsers.of(request)
  return browser !== null && userid !== null && browser_hash === browserHash(browser, userid)
}
