import { errors, type Provider } from 'oidc-provider'
import type { Views } from '../../projections/views.ts'

/**
 * Lets clients get tokens for themselves (RFC 6749 §4.4). oidc-provider's own handler checks only the scopes that it
 * knows; ours gives a client only the scopes that it is registered with.
 */
export function registerClientCredentials(provider: Provider, views: Views): void {
  provider.registerGrantType<{ scope?: string }>(
    'client_credentials',
    async (ctx) => {
      const { client, requestParamScopes } = ctx.oidc
      const registered = new Set(views.clients.byId(client.clientId)?.scope.split(' '))
      const missing = [...requestParamScopes].find((scope) => !registered.has(scope))
      if (missing !== undefined) throw new errors.InvalidScope('requested scope is not allowed', missing)
      const scope = [...requestParamScopes].join(' ')
      const token = new provider.ClientCredentials({ client, ...(scope === '' ? {} : { scope }) })
      ctx.oidc.entity('ClientCredentials', token)
      const value = await token.save()
      ctx.body = {
        access_token: value,
        expires_in: token.expiration,
        token_type: token.tokenType,
        ...(scope === '' ? {} : { scope }),
      }
    },
    'scope',
  )
}
