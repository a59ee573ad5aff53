import type { Provider } from 'oidc-provider'
import type { Views } from '../../projections/views.ts'

/**
 * Answers the question of a browser whether a page may call, before it calls (Fetch §3.2.2). It does not say for which
 * client, so pages of where any client lives may; oidc-provider by itself allows everybody, and judges the call.
 */
export function answerPreflights(provider: Provider, views: Pick<Views, 'clients'>): void {
  const isKnown = knownOrigins(views)
  provider.use((ctx, next) => {
    if (ctx.method !== 'OPTIONS' || isKnown(ctx.get('origin'))) return next()
    ctx.status = 204
    ctx.vary('Origin')
    return undefined
  })
}

/** Makes the function that tells whether a client lives at an origin; it reads the clients again when one changed. */
function knownOrigins({ clients }: Pick<Views, 'clients'>): (origin: string) => boolean {
  let version = -1
  let origins = new Set<string>()
  return (origin) => {
    const now = clients.version()
    if (now !== version) {
      origins = new Set(
        clients
          .redirectUris()
          .filter(isWebUri)
          .map((uri) => new URL(uri).origin),
      )
      version = now
    }
    return origins.has(origin)
  }
}

function isWebUri(uri: string): boolean {
  return /^https?:/i.test(uri)
}
