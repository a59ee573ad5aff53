import type { FastifyRequest } from 'fastify'
import { tokenHash } from '../../kernel/random.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Browsers } from '../request/browsers.ts'

/** Computes what a link remembers of the browser that asked for it: of another account it is another value. */
export function browserHash(browser: string, userid: string): string {
  return tokenHash(`link:${userid}:${browser}`)
}

/** Tells whether a link was asked for in the browser that a request comes from. */
export function wasAskedHere(
  request: FastifyRequest,
  { browser_hash, userid }: Pick<MagicLink, 'browser_hash' | 'userid'>,
  browsers: Browsers,
): boolean {
  const browser = browsers.of(request)
  return browser !== null && userid !== null && browser_hash === browserHash(browser, userid)
}
