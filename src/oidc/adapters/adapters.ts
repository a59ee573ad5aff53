import type { AdapterFactory } from 'oidc-provider'
import type { OidcDeps } from '../deps.ts'
import type { Bounds } from './bounded-models.ts'
import { ClientAdapter } from './client-adapter.ts'
import { DocumentAdapter, OnceAdapter } from './document-adapter.ts'
import { GrantAdapter } from './grant-adapter.ts'
import { InteractionAdapter } from './interaction-adapter.ts'
import { OneUseAdapter, type OneUseAdapterDeps } from './one-use-adapter.ts'
import { SessionAdapter } from './session-adapter.ts'
import { TokenAdapter } from './token-adapter.ts'

/** Makes the function that gives oidc-provider the adapter of each of its models. */
export function adapterFactory(
  deps: OneUseAdapterDeps & Pick<OidcDeps, 'browserSession'> & Bounds,
): AdapterFactory {
  return (model) => {
    switch (model) {
      case 'Client':
        return new ClientAdapter(deps)
      case 'Session':
        return new SessionAdapter(model, deps)
      case 'Interaction':
        return new InteractionAdapter(model, deps)
      case 'Grant':
        return new GrantAdapter(model, deps)
      case 'AuthorizationCode':
      case 'RefreshToken':
        return new OneUseAdapter(model, deps)
      case 'AccessToken':
      case 'ClientCredentials':
        return new TokenAdapter(model, deps)
      case 'ReplayDetection':
        return new OnceAdapter(model, deps)
      default:
        return new DocumentAdapter(model, deps)
    }
  }
}
