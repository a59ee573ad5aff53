import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** Gives every reply the headers that keep browsers from doing more with it than intended. */
export async function securityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    // For whatever is no page. Pages bring their own, with a nonce.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // With `no-referrer` browsers send `Origin: null` with our own forms (Fetch §3.2.4), and we could not tell
    // them from forged ones.
    referrerPolicy: { policy: 'same-origin' },
    // Other services of the same operator may still speak plain http below this name.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  })
}

/**
 * Writes the policy of one page. `formTargets` are the origins, beside our own, that a form may end at: browsers
 * apply `form-action` to the redirects behind a form too (CSP Level 3 §6.4.1, as Chrome and Safari read it).
 */
export function pagePolicy(nonce: string, formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** Names where a redirect URI leads, as `form-action` spells it: an origin, or the scheme of an installed application. */
export function formTarget(redirectUri: string): string | null {
  if (!URL.canParse(redirectUri)) return null
  const { origin, protocol } = new URL(redirectUri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}
