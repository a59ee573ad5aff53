import type { Provider } from 'oidc-provider'

/**
 * What a page of the protocol's addresses may load. It names `script-src` because oidc-provider adds to it the hash
 * of the one script it has, which posts a form when `response_mode` is `form_post`.
 */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': contentPolicy,
  // With `no-referrer` browsers would send `Origin: null` with our own forms (Fetch §3.2.4).
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** How long a copy of the public keys may be used, in seconds; keys are published longer than that before use. */
export const JWKS_MAX_AGE = 300

/** Gives every answer of a provider the headers that keep browsers from doing more with it than intended. */
export function sendSecurityHeaders(provider: Provider): void {
  provider.use(async (ctx, next) => {
    ctx.set(HEADERS)
    if (provider.issuer.startsWith('https:')) ctx.set('strict-transport-security', 'max-age=31536000')
    await next()
    if (ctx.oidc?.route === 'jwks') ctx.set('cache-control', `public, max-age=${JWKS_MAX_AGE}`)
  })
}
