import { Provider } from 'oidc-provider'
import type { AnonymousKind } from '../../documents/anonymous-kinds.ts'
import { awaitWrites } from '../adapters/pending-writes.ts'
import { reuseReporter } from '../adapters/token-reuse.ts'
import type { OidcDeps } from '../deps.ts'
import { bindToBrowserSession, endBrowserSessionOnSignOut } from './browser-session.ts'
import { answerClientsBySpecification } from './client-authentication.ts'
import { compareRedirectsExactly, compareSecretsByHash } from './client-checks.ts'
import { registerClientCredentials } from './client-credentials.ts'
import { createConfiguration, type Keys } from './configuration.ts'
import { faultAnswer, reportFaults } from './faults.ts'
import { buildAddressesFromIssuer } from './issuer-address.ts'
import { askConsentForOfflineAccess } from './offline-access.ts'
import { answerPreflights } from './preflight.ts'
import { sendSecurityHeaders } from './security-headers.ts'

/** Facts about the current request that the provider does not get. */
export interface RequestFacts {
  requestId(): string | null
  /** The address that it came from. */
  address(): string | null
}

/**
 * Makes a provider that signs with the given keys. It holds no state, so that it can be replaced by one with other keys
 * between two requests.
 */
export function createProvider(deps: OidcDeps, keys: Keys, { requestId, address }: RequestFacts): Provider {
  const reused = reuseReporter(deps, requestId)
  const admit = async (kind: AnonymousKind) => {
    const from = address()
    if (from !== null && Provider.ctx) await deps.admit(kind, from, Provider.ctx.req)
  }
  const provider = new Provider(deps.issuer, createConfiguration({ ...deps, reused, admit }, keys))
  buildAddressesFromIssuer(provider)
  compareSecretsByHash(provider, deps, address)
  compareRedirectsExactly(provider)
  registerClientCredentials(provider, deps.views)
  bindToBrowserSession(provider)
  answerClientsBySpecification(provider)
  // In the order in which a request meets them.
  sendSecurityHeaders(provider)
  awaitWrites(provider, faultAnswer(deps))
  reportFaults(provider, deps)
  answerPreflights(provider, deps.views)
  askConsentForOfflineAccess(provider)
  endBrowserSessionOnSignOut(provider, deps, requestId)
  return provider
}
