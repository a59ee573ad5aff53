// What the two servers under comparison and the load share.
import { createHash } from 'node:crypto'
import type { Provider } from 'oidc-provider'

export const CLIENT_ID = 'bench'
export const CLIENT_SECRET = 'a secret of the benchmark, long enough'
export const REDIRECT_URI = 'https://app.example.org/callback'
export const SCOPE = 'openid email offline_access'
export const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** What a server says once it listens, and after it made codes. */
export type ServerMessage = { port: number } | { codes: string[] }

/** The person and client that an authorization code is issued for. */
export interface CodeHolder {
  accountId: string
  sessionUid: string
}

/** Makes codes as the authorization endpoint does, without a browser. */
export function mintCodes(provider: Provider, holders: readonly CodeHolder[]): Promise<string[]> {
  return Promise.all(
    holders.map(async ({ accountId, sessionUid }) => {
      const grant = new provider.Grant({ accountId, clientId: CLIENT_ID })
      grant.addOIDCScope(SCOPE)
      const grantId = await grant.save()
      const client = await provider.Client.find(CLIENT_ID)
      if (!client) throw new Error('The client of the benchmark is missing')
      const code = new provider.AuthorizationCode({
        accountId,
        sessionUid,
        grantId,
        client,
        gty: 'authorization_code',
        authTime: Math.floor(Date.now() / 1000),
        codeChallenge: CHALLENGE,
        codeChallengeMethod: 'S256',
        redirectUri: REDIRECT_URI,
        scope: SCOPE,
      })
      return code.save()
    }),
  )
}

/** Answers the orders of the benchmark, which come from the process that started this one. */
export function obey(port: number, mint: (count: number) => Promise<string[]>): void {
  process.on('message', async (count: number) => {
    process.send?.({ codes: await mint(count) } satisfies ServerMessage)
  })
  process.send?.({ port } satisfies ServerMessage)
}
