import { createHash, randomBytes } from 'node:crypto'
import { type Harness, REDIRECT_URI, SECRET } from './harness.ts'
import { UserAgent } from './user-agent.ts'

/** What the token endpoint answers. */
export interface TokenAnswer {
  status: number
  body: {
    access_token?: string
    refresh_token?: string
    id_token?: string
    scope?: string
    expires_in?: number
    token_type?: string
    error?: string
    error_description?: string
  }
  headers: Headers
}

export const pkce = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Makes the address that an application sends a browser to. */
export function authorizationUrl(
  { issuer }: Pick<Harness, 'issuer'>,
  parameters: Record<string, string>,
): string {
  const query = new URLSearchParams({
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state: 'the state',
    code_challenge_method: 'S256',
    ...parameters,
  })
  return `${issuer}/oidc/authorize?${query}`
}

/** Goes through the authorization endpoint with a browser and answers what came to the redirect URI. */
export async function authorize(
  harness: Pick<Harness, 'issuer'>,
  agent: UserAgent,
  parameters: Record<string, string>,
): Promise<{ url: string; parameters: Record<string, string>; verifier: string; response: Response | null }> {
  const { verifier, challenge } = pkce()
  const start = authorizationUrl(harness, { code_challenge: challenge, ...parameters })
  const { url, response } = await agent.follow(start, harness.issuer)
  return { url, parameters: Object.fromEntries(new URL(url).searchParams), verifier, response }
}

export const basic = (clientId: string, secret = SECRET) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** Posts to the token endpoint as a confidential client, or with `secret` null as a public one. */
export async function token(
  { issuer }: Pick<Harness, 'issuer'>,
  clientId: string,
  fields: Record<string, string>,
  secret: string | null = SECRET,
): Promise<TokenAnswer> {
  const response = await fetch(`${issuer}/oidc/token`, {
    method: 'POST',
    headers: secret === null ? {} : { authorization: basic(clientId, secret) },
    body: new URLSearchParams(secret === null ? { client_id: clientId, ...fields } : fields),
  })
  return {
    status: response.status,
    body: (await response.json()) as TokenAnswer['body'],
    headers: response.headers,
  }
}

/** Exchanges a code. */
export function redeem(
  harness: Pick<Harness, 'issuer'>,
  clientId: string,
  { code = '', verifier }: { code?: string | undefined; verifier: string },
  secret: string | null = SECRET,
): Promise<TokenAnswer> {
  const fields = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
  }
  return token(harness, clientId, fields, secret)
}

/** Refreshes. */
export function refresh(
  harness: Pick<Harness, 'issuer'>,
  clientId: string,
  refreshToken: string | undefined,
  secret: string | null = SECRET,
): Promise<TokenAnswer> {
  return token(harness, clientId, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }, secret)
}

/** Posts to an endpoint that takes a token from an authenticated client. */
export function about(
  { issuer }: Pick<Harness, 'issuer'>,
  endpoint: 'introspect' | 'revoke',
  clientId: string,
  value: string | undefined,
): Promise<Response> {
  return fetch(`${issuer}/oidc/${endpoint}`, {
    method: 'POST',
    headers: { authorization: basic(clientId) },
    body: new URLSearchParams({ token: value ?? '' }),
  })
}

/** Asks for the claims of an access token. */
export function userinfo(
  { issuer }: Pick<Harness, 'issuer'>,
  accessToken: string | undefined,
): Promise<Response> {
  return fetch(`${issuer}/oidc/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })
}

/** Reads the payload of a signed token, without verifying it. */
export function payloadOf(jwt: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from((jwt ?? '').split('.')[1] ?? '', 'base64url').toString())
}

/** Signs a new person in and goes all the way to tokens. */
export async function tokensFor(
  harness: Harness,
  clientId: string,
  { scope = 'openid', userid, amr }: { scope?: string; userid?: string; amr?: string[] } = {},
) {
  const person = userid ?? (await harness.registerUser())
  const agent = new UserAgent()
  const session = await harness.signIn(agent, person, amr)
  const { parameters, verifier } = await authorize(harness, agent, { client_id: clientId, scope })
  const code = parameters.code
  const answer = await redeem(harness, clientId, { code, verifier })
  return { userid: person, agent, session, code, verifier, answer, ...answer.body }
}
