// oidc-provider by itself: its own in-memory adapter, its own HTTP, the same protocol settings.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWK, Provider } from 'oidc-provider'
import { CLIENT_ID, CLIENT_SECRET, mintCodes, obey, REDIRECT_URI, SCOPE } from './exchange.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const hour = 3600
const provider = new Provider('http://localhost', {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: SCOPE,
    },
  ],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'] },
  cookies: { keys: ['a key of the benchmark'] },
  expiresWithSession: () => false,
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
  },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as JWK), alg: 'RS256', use: 'sig' }] },
  pkce: { required: () => true },
  responseTypes: ['code'],
  rotateRefreshToken: true,
  ttl: { AccessToken: hour, AuthorizationCode: 60, Grant: hour, IdToken: hour, RefreshToken: hour },
})
const server = createServer(provider.callback())
server.listen(0, '127.0.0.1', () =>
  obey((server.address() as AddressInfo).port, (count) =>
    mintCodes(
      provider,
      Array.from({ length: count }, (_, index) => ({ accountId: `account-${index}`, sessionUid: 'session' })),
    ),
  ),
)
process.on('disconnect', () => process.exit(0))
