import type { ClientMetadata } from 'oidc-provider'
import type { Client } from '../../projections/clients/queries.ts'
import { SUPPORTED_SCOPES } from '../claims.ts'

/** Converts a client to the metadata of RFC 7591 §2. The secret stays a hash. */
export function clientMetadata(client: Client): ClientMetadata {
  const usesCode = client.grant_types.includes('authorization_code')
  return {
    client_id: client.client_id,
    ...(client.name === null ? {} : { client_name: client.name }),
    ...(client.secret_hash === null ? {} : { client_secret: client.secret_hash }),
    token_endpoint_auth_method: client.public ? 'none' : 'client_secret_basic',
    application_type: client.redirect_uris.every(isWebUri) ? 'web' : 'native',
    redirect_uris: client.redirect_uris,
    post_logout_redirect_uris: client.post_logout_redirect_uris,
    grant_types: client.grant_types,
    response_types: usesCode ? ['code'] : [],
    scope: signInScopes(client),
  }
}

/** Names the registered scopes that people can be asked for. Never none: oidc-provider reads that as all. */
function signInScopes({ scope }: Client): string {
  const scopes = scope.split(' ').filter((name) => SUPPORTED_SCOPES.has(name))
  return scopes.length > 0 ? scopes.join(' ') : 'openid'
}

function isWebUri(uri: string): boolean {
  return /^https?:/i.test(uri)
}
