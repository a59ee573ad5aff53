import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserAgent } from '../oidc/support/user-agent.ts'
import { submitForm } from './support/forms.ts'
import { type RunningServer, startRunningServer } from './support/running-server.ts'
import { signInAt } from './support/sign-in.ts'

const REDIRECT_URI = 'https://app.example.org/callback'
const SIGNED_OUT_URI = 'https://app.example.org/signed-out'
const ADA = { username: 'ada', password: 'poetical science is a craft' }

let server: RunningServer
let config: oidc.Configuration
beforeAll(async () => {
  server = await startRunningServer()
  await server.invite(ADA.username, ADA.password)
  const client = (await server.cli(
    ...['client', 'create', '--client-id', 'app', '--name', 'The application'],
    ...['--redirect-uri', REDIRECT_URI, '--post-logout-redirect-uri', SIGNED_OUT_URI],
  )) as { client_secret: string }
  config = await oidc.discovery(new URL(server.issuer), 'app', client.client_secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  })
})
afterAll(() => server.close())

/** Signs in and exchanges the code, as the library does it. */
async function signIn(agent = new UserAgent(), scope = 'openid profile offline_access') {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()]
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const back = await signInAt(server, agent, url, ADA)
  // The application of somebody else needs consent first.
  const asked = back.pathname.startsWith('/interaction/') ? await allow(agent, back) : back
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return oidc.authorizationCodeGrant(config, asked, checks)
}

async function allow(agent: UserAgent, page: URL): Promise<URL> {
  const html = await (await agent.send(page.href)).text()
  const posted = await submitForm(agent, page.href, html, { decision: 'allow' })
  const { url } = await agent.follow(
    new URL(posted.headers.get('location') ?? '', server.issuer).href,
    server.issuer,
  )
  return new URL(url)
}

describe('openid-client against the running server', () => {
  it('discovers it', () => {
    const metadata = config.serverMetadata()
    expect(metadata.issuer).toBe(server.issuer)
    expect(metadata.supportsPKCE('S256')).toBe(true)
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true)
  })

  it('signs somebody in, reads the claims and refreshes', async () => {
    const tokens = await signIn()
    const claims = tokens.claims()
    expect(claims).toMatchObject({
      iss: server.issuer,
      aud: 'app',
      amr: ['pwd'],
      acr: 'urn:countersign:acr:2',
    })
    const subject = claims?.sub ?? ''
    const info = await oidc.fetchUserInfo(config, tokens.access_token, subject)
    expect(info).toMatchObject({ sub: subject, preferred_username: 'ada' })
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    expect(refreshed.claims()?.sub).toBe(subject)
    expect(await oidc.fetchUserInfo(config, refreshed.access_token, subject)).toEqual(info)
  })

  it('introspects and revokes', async () => {
    const tokens = await signIn()
    const before = await oidc.tokenIntrospection(config, tokens.access_token)
    expect(before).toMatchObject({ active: true, client_id: 'app', sub: tokens.claims()?.sub })
    await oidc.tokenRevocation(config, tokens.refresh_token ?? '')
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow()
  })

  it('signs out', async () => {
    const agent = new UserAgent()
    const tokens = await signIn(agent)
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: SIGNED_OUT_URI,
      state: 'back',
    })
    const page = await agent.send(url.href)
    const html = await page.text()
    expect(html).toContain('The application')
    const done = await submitForm(agent, url.href, html)
    expect(done.headers.get('location')).toBe(`${SIGNED_OUT_URI}?state=back`)
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
    const account = await agent.send(`${server.issuer}/account`)
    expect(account.status).toBe(303)
  })

  it('lets a machine in, which reads the administration API', async () => {
    const machine = (await server.cli(
      ...[
        'client',
        'create',
        '--client-id',
        'robot',
        '--grant-type',
        'client_credentials',
        '--scope',
        'admin',
      ],
    )) as { client_secret: string }
    const robot = await oidc.discovery(new URL(server.issuer), 'robot', machine.client_secret, undefined, {
      execute: [oidc.allowInsecureRequests],
    })
    const { access_token } = await oidc.clientCredentialsGrant(robot, { scope: 'admin' })
    const users = await fetch(`${server.issuer}/api/admin/users`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(users.status).toBe(200)
    const { items } = (await users.json()) as { items: { username: string }[] }
    expect(items.map(({ username }) => username)).toEqual(['ada', 'grace'])
  })
})
