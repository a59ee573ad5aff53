import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UserAgent } from '../oidc/support/user-agent.ts'
import { submitForm } from './support/forms.ts'
import { type RunningServer, startRunningServer } from './support/running-server.ts'
import { signInAt } from './support/sign-in.ts'

const REDIRECT_URI = 'http://localhost:9/callback'
const SIGNED_OUT_URI = 'http://localhost:9/'

let server: RunningServer
let secret: string
beforeAll(async () => {
  server = await startRunningServer()
  const uris = ['--redirect-uri', REDIRECT_URI, '--post-logout-redirect-uri', SIGNED_OUT_URI]
  await server.cli('client', 'create', '--client-id', 'spa', '--public', ...uris)
  const created = await server.cli('client', 'create', '--client-id', 'web', ...uris)
  secret = (created as { client_secret: string }).client_secret
})
afterAll(() => server.close())

it.each([
  { client_id: 'web', kind: 'confidential' },
  { client_id: 'spa', kind: 'public' },
])('a second, independent library goes the whole way as a $kind client', async ({ client_id, kind }) => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(server.issuer)
  const discovered = await oauth.discoveryRequest(issuer, insecure)
  const as = await oauth.processDiscoveryResponse(issuer, discovered)
  const client: oauth.Client = { client_id }
  const proof = kind === 'public' ? oauth.None() : oauth.ClientSecretBasic(secret)

  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const authorization = new URL(as.authorization_endpoint ?? '')
  authorization.search = new URLSearchParams({
    client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid email offline_access',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()

  const agent = new UserAgent()
  const consent = await signInAt(server, agent, authorization, server.administrator)
  const html = await (await agent.send(consent.href)).text()
  const allowed = await submitForm(agent, consent.href, html, { decision: 'allow' })
  const next = new URL(allowed.headers.get('location') ?? '', server.issuer).href
  const { url } = await agent.follow(next, server.issuer)

  const answer = oauth.validateAuthResponse(as, client, new URL(url), state)
  const grant = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    proof,
    answer,
    REDIRECT_URI,
    verifier,
    insecure,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, grant, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, grant, insecure)
  const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? ''

  const info = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
  expect(await oauth.processUserInfoResponse(as, client, subject, info)).toEqual({ sub: subject })

  const refreshing = await oauth.refreshTokenGrantRequest(
    as,
    client,
    proof,
    tokens.refresh_token ?? '',
    insecure,
  )
  const refreshed = await oauth.processRefreshTokenResponse(as, client, refreshing)
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)

  const introspecting = await oauth.introspectionRequest(as, client, proof, refreshed.access_token, insecure)
  // A public client cannot prove who it is, and so learns nothing (RFC 7662 §2.1).
  const learnt = await oauth.processIntrospectionResponse(as, client, introspecting)
  expect(learnt).toMatchObject(
    kind === 'public' ? { active: false } : { active: true, client_id, sub: subject },
  )

  const revoking = await oauth.revocationRequest(as, client, proof, refreshed.refresh_token ?? '', insecure)
  await oauth.processRevocationResponse(revoking)
  const dead = await oauth.userInfoRequest(as, client, refreshed.access_token, insecure)
  expect(dead.status).toBe(401)

  const ending = new URL(as.end_session_endpoint ?? '')
  ending.search = new URLSearchParams({
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: SIGNED_OUT_URI,
  }).toString()
  const page = await agent.send(ending.href)
  const done = await submitForm(agent, ending.href, await page.text())
  expect(done.headers.get('location')).toBe(SIGNED_OUT_URI)
})
