/** Where the protocol endpoints lie, by the names that oidc-provider has for them. */
export const ENDPOINTS = {
  authorization: '/oidc/authorize',
  token: '/oidc/token',
  userinfo: '/oidc/userinfo',
  jwks: '/oidc/jwks',
  introspection: '/oidc/introspect',
  revocation: '/oidc/revoke',
  end_session: '/oidc/end_session',
} as const

/** Where the discovery document lies (OpenID Connect Discovery §4, RFC 8414 §3). */
export const DISCOVERY_PATHS = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const

/** Every address that is the provider's, with the methods it answers; `:uid` is one path segment. */
export const PROVIDER_ROUTES: readonly { url: string; methods: readonly ('GET' | 'POST' | 'OPTIONS')[] }[] = [
  { url: DISCOVERY_PATHS[0], methods: ['GET', 'OPTIONS'] },
  { url: DISCOVERY_PATHS[1], methods: ['GET', 'OPTIONS'] },
  { url: ENDPOINTS.jwks, methods: ['GET', 'OPTIONS'] },
  { url: ENDPOINTS.authorization, methods: ['GET'] },
  { url: `${ENDPOINTS.authorization}/:uid`, methods: ['GET'] },
  { url: ENDPOINTS.token, methods: ['POST', 'OPTIONS'] },
  { url: ENDPOINTS.userinfo, methods: ['GET', 'POST', 'OPTIONS'] },
  { url: ENDPOINTS.introspection, methods: ['POST', 'OPTIONS'] },
  { url: ENDPOINTS.revocation, methods: ['POST', 'OPTIONS'] },
  { url: ENDPOINTS.end_session, methods: ['GET'] },
  { url: `${ENDPOINTS.end_session}/confirm`, methods: ['POST'] },
  { url: `${ENDPOINTS.end_session}/success`, methods: ['GET'] },
]
