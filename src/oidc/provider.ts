import { Provider } from 'oidc-provider'
import { compareRedirectsExactly, compareSecretsByHash } from './client-checks.ts'
import { registerClientCredentials } from './client-credentials.ts'
import { createConfiguration, type Keys } from './configuration.ts'
import type { OidcDeps } from './deps.ts'
import { reportFaults } from './faults.ts'
import { buildAddressesFromIssuer } from './issuer-address.ts'
import { askConsentForOfflineAccess } from './offline-access.ts'
import { sendSecurityHeaders } from './security-headers.ts'
import { bindToBrowserSession } from './session-binding.ts'
import { endBrowserSessionOnSignOut } from './sign-out.ts'
import { reuseReporter } from './token-reuse.ts'

/**
 * Makes a provider that signs with the given keys. It keeps nothing of its own, so that it can be replaced by one
 * with other keys between two requests.
 */
export function createProvider(deps: OidcDeps, keys: Keys, requestId: () => string | null): Provider {
  const reused = reuseReporter(deps, requestId)
  const provider = new Provider(deps.issuer, createConfiguration({ ...deps, reused }, keys))
  buildAddressesFromIssuer(provider)
  compareSecretsByHash(provider)
  compareRedirectsExactly(provider)
  registerClientCredentials(provider, deps.views)
  bindToBrowserSession(provider)
  reportFaults(provider, deps)
  sendSecurityHeaders(provider)
  askConsentForOfflineAccess(provider)
  endBrowserSessionOnSignOut(provider, deps, requestId)
  return provider
}
