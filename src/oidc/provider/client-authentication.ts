import type { EventEmitter } from 'node:events'
import type { errors, Provider } from 'oidc-provider'
import type { ProviderContext } from '../adapters/pending-writes.ts'

/** What oidc-provider calls an invalid request and RFC 6749 §5.2 a failed authentication. */
const UNAUTHENTICATED: ReadonlySet<string> = new Set([
  'no client authentication mechanism provided',
  'invalid authorization header value format',
  'client_id and client_secret in the authorization header are not properly encoded',
  'client_secret must be provided in the Authorization header',
])

type ProtocolError = Pick<errors.OIDCProviderError, 'error' | 'error_description'>

/**
 * Answers by the specifications where oidc-provider does not: missing or malformed client authentication is 401
 * `invalid_client` with a challenge (RFC 6749 §5.2), and a token of a kind that cannot be introspected is inactive like
 * any other invalid one (RFC 7662 §2.2).
 */
export function answerClientsBySpecification(provider: Provider): void {
  const refuse = (ctx: ProviderContext, { error, error_description = '' }: ProtocolError) => {
    const isMalformed = error === 'invalid_request' && UNAUTHENTICATED.has(error_description)
    if (error !== 'invalid_client' && !isMalformed) return
    const challenge = ctx.response.get('www-authenticate')
    if (!challenge || isMalformed) {
      ctx.set('www-authenticate', `Basic realm="${provider.issuer}", error="invalid_client"`)
    }
    answerJson(ctx, 401, {
      error: 'invalid_client',
      error_description: isMalformed ? error_description : 'client authentication failed',
    })
  }
  // The types of the provider do not name all of its events.
  const events: EventEmitter = provider
  events.on('grant.error', refuse)
  events.on('revocation.error', refuse)
  events.on('introspection.error', (ctx: ProviderContext, error: ProtocolError) => {
    if (error.error === 'unsupported_token_type') answerJson(ctx, 200, { active: false })
    else refuse(ctx, error)
  })
}

function answerJson(ctx: ProviderContext, status: number, body: object): void {
  ctx.status = status
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = body
}
