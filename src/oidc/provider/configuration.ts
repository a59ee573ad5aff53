import type { Configuration, JWK } from 'oidc-provider'
import { adapterFactory } from '../adapters/adapters.ts'
import type { Bounds } from '../adapters/bounded-models.ts'
import type { OneUseAdapterDeps } from '../adapters/one-use-adapter.ts'
import { ACR_VALUES } from '../authentication-context.ts'
import { findAccount, SCOPE_CLAIMS, SUPPORTED_SCOPES } from '../claims.ts'
import type { OidcDeps } from '../deps.ts'
import { loadGrant } from '../grants.ts'
import { TTL } from '../lifetimes.ts'
import { mayCallFrom, mayIntrospect, mayRevoke } from '../policies.ts'
import { createPolicy } from './interaction-policy.ts'
import { askSignOut, renderFault, showSignedOut } from './rendering.ts'
import { ENDPOINTS } from './routes.ts'

/** The keys that a provider is configured with. */
export interface Keys {
  /** Private keys, the signing ones first. */
  signing: readonly JWK[]
  cookies: readonly Buffer[]
}

/** Makes the whole configuration of oidc-provider; what is not named here is off. */
export function createConfiguration(
  deps: OidcDeps & Pick<OneUseAdapterDeps, 'reused'> & Bounds,
  keys: Keys,
): Configuration {
  const { issuer, views, pages } = deps
  const secure = issuer.startsWith('https:')
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true } as const
  return {
    adapter: adapterFactory(deps),
    jwks: { keys: keys.signing },
    acrValues: ACR_VALUES,
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: SCOPE_CLAIMS,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS: (_ctx, origin, client) => mayCallFrom(origin, client),
    clockTolerance: 0,
    cookies: {
      names: cookieNames(secure),
      keys: keys.cookies,
      long: cookie,
      short: cookie,
    },
    // Every use of a token checks the browser session itself.
    expiresWithSession: () => false,
    extraTokenClaims: (ctx, token) => {
      const source = ctx.oidc.entities.RotatedRefreshToken ?? ctx.oidc.entities.AuthorizationCode
      if (token.kind !== 'AccessToken' || !source) return undefined
      return { auth_time: source.authTime, acr: source.acr, amr: source.amr }
    },
    features: {
      backchannelLogout: { enabled: false },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => mayIntrospect(views, client, token),
      },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => mayRevoke(client, token) },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) => askSignOut(ctx, pages),
        postLogoutSuccessSource: (ctx) => showSignedOut(ctx, pages),
      },
    },
    findAccount: (_ctx, userid, token) => findAccount(views, userid, token !== undefined),
    interactions: {
      policy: createPolicy(),
      url: (_ctx, { uid }) => `${issuer}/interaction/${uid}`,
    },
    // Without offline_access a refresh token ends with the session, so no application needs consent for it.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: (ctx) => loadGrant(views, ctx),
    pkce: { required: () => true },
    renderError: (ctx, out) => renderFault(ctx, pages, out),
    responseTypes: ['code'],
    rotateRefreshToken: true,
    routes: { ...ENDPOINTS },
    scopes: [...SUPPORTED_SCOPES],
    subjectTypes: ['public'],
    ttl: TTL,
  }
}

/**
 * Names the provider's cookies. Those of an interaction are bound to its address, so only the first can be `__Host-`.
 */
function cookieNames(secure: boolean) {
  return {
    session: `${secure ? '__Host-' : ''}countersign-op`,
    interaction: `${secure ? '__Secure-' : ''}countersign-interaction`,
    resume: `${secure ? '__Secure-' : ''}countersign-resume`,
  }
}
