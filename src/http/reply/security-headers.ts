import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** Gives every reply the headers that restrict what browsers do with it. */
export async function securityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    // For replies that are not pages. Pages bring their own policy, with a nonce.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // With `no-referrer` browsers send `Origin: null` with our own forms (Fetch §3.2.4), and we could not tell
    // them from forged ones.
    referrerPolicy: { policy: 'same-origin' },
    // Other services of the operator may use plain http below this name.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  })
}

/**
 * Writes the policy of one page. `formTargets` are the other origins at which a form may end: browsers apply
 * `form-action` to the redirects after a form too (CSP Level 3 §6.4.1, as Chrome and Safari read it).
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

/** Names the target of a redirect URI for `form-action`: an origin, or the scheme of an installed application. */
export function formTarget(redirectUri: string): string | null {
  if (!URL.canParse(redirectUri)) return null
  const { origin, protocol } = new URL(redirectUri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}
