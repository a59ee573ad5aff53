import {
  type AccessToken,
  type Client,
  type ClientCredentials,
  errors,
  type RefreshToken,
} from 'oidc-provider'
import { ADMIN_SCOPE } from '../kernel/administration.ts'
import type { Views } from '../projections/views.ts'

type Token = AccessToken | ClientCredentials | RefreshToken

/**
 * Tells whether a client may introspect a token: a confidential client its own ones, and a client that may get the
 * scope `admin` for itself all. Scopes that a client may request from people give it no right.
 */
export function mayIntrospect(views: Pick<Views, 'clients'>, client: Client, token: Token): boolean {
  if (client.tokenEndpointAuthMethod === 'none') return false
  if (token.clientId === client.clientId) return true
  const registered = views.clients.byId(client.clientId)
  if (!registered?.grant_types.includes('client_credentials')) return false
  return registered.scope.split(' ').includes(ADMIN_SCOPE)
}

/** Tells whether a client may revoke a token: its own ones (RFC 7009 §2.1). */
export function mayRevoke(client: Client, token: Token): boolean {
  if (token.clientId === client.clientId) return true
  if (client.tokenEndpointAuthMethod === 'none') return false
  throw new errors.InvalidRequest('the token was issued to another client')
}

/** Tells whether scripts of an origin may call on behalf of a client: the origins of its redirect URIs. */
export function mayCallFrom(origin: string, client: Client): boolean {
  return client.redirectUris?.some((uri) => /^https?:/i.test(uri) && new URL(uri).origin === origin) ?? false
}
