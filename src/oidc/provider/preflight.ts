import type { Provider } from 'oidc-provider'
import type { Views } from '../../projections/views.ts'

/**
 * Answers CORS preflights (Fetch §3.2.2). A preflight names no client, so the origins of all clients may call;
 * oidc-provider by default allows every origin, and checks the call itself.
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

/** Makes the function that tells whether an origin is a client's; it reads the clients again after a change. */
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
