import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationUrl, authorize, payloadOf, pkce, redeem, tokensFor } from './support/flow.ts'
import { type Harness, openHarness, REDIRECT_URI } from './support/harness.ts'
import { travel, travelHome } from './support/time-travel.ts'
import { UserAgent } from './support/user-agent.ts'

let harness: Harness
let userid: string
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({ client_id: 'app' })
  await harness.registerClient({ client_id: 'other' })
  await harness.registerClient({ client_id: 'foreign', first_party: false })
  userid = await harness.registerUser()
})
afterAll(() => harness.close())

/** A browser whose person signed in a while ago. */
async function signedIn(amr?: string[]) {
  const agent = new UserAgent()
  travel(-10_000)
  const session = await harness.signIn(agent, userid, amr)
  travelHome()
  return { agent, session }
}

/** Asks for a code with parameters of its own, as nobody in particular. */
async function ask(parameters: Record<string, string>) {
  const response = await fetch(
    authorizationUrl(harness, { code_challenge: pkce().challenge, ...parameters }),
    {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    },
  )
  const location = response.headers.get('location')
  return { status: response.status, location, text: await response.text() }
}

const errorOf = (location: string | null) => Object.fromEntries(new URL(location ?? 'x:').searchParams)

describe('O1 a redirect URI', () => {
  it.each([
    ['another path', 'https://app.example.org/callback/'],
    ['a query', `${REDIRECT_URI}?x=1`],
    ['a fragment', `${REDIRECT_URI}#x`],
    ['another scheme', 'http://app.example.org/callback'],
    ['another host', 'https://evil.example.org/callback'],
    ['a host that begins the same', 'https://app.example.org.evil.example/callback'],
    ['user info', 'https://app.example.org@evil.example/callback'],
    ['a port', 'https://app.example.org:8443/callback'],
    ['an upper case', 'https://APP.example.org/callback'],
    ['an encoded path', 'https://app.example.org/%63allback'],
    ['a script', 'javascript:alert(1)'],
    ['nothing', ''],
  ])('O1 with %s is not redirected to', async (_name, redirect_uri) => {
    const { status, location, text } = await ask({ client_id: 'app', redirect_uri })
    expect(status).toBe(400)
    expect(location).toBeNull()
    expect(text).toContain('id="fault"')
  })

  it('O1 of an installed application is exact too, loopback ports included', async () => {
    const redirect_uris = ['com.example.app:/callback', 'http://127.0.0.1/callback']
    await harness.registerClient({ client_id: 'installed', public: true, redirect_uris })
    const inexact = await ask({ client_id: 'installed', redirect_uri: 'http://127.0.0.1:1234/callback' })
    expect(inexact.location).toBeNull()
    const exact = await ask({ client_id: 'installed', redirect_uri: 'com.example.app:/callback' })
    expect(exact.location).toContain('/interaction/')
  })

  it('O1 is needed even when only one is registered', async () => {
    const url = new URL(authorizationUrl(harness, { client_id: 'app', code_challenge: pkce().challenge }))
    url.searchParams.delete('redirect_uri')
    const response = await fetch(url, { redirect: 'manual' })
    expect(response.status).toBe(400)
  })
})

describe('O2 PKCE', () => {
  it.each([
    ['without a challenge', { code_challenge: '', code_challenge_method: '' }],
    ['with the plain method', { code_challenge_method: 'plain' }],
    ['without a method', { code_challenge_method: '' }],
    ['with a challenge too short', { code_challenge: 'short' }],
  ])('O2 %s gives no code, not to a confidential client either', async (_name, parameters) => {
    const { location } = await ask({ client_id: 'app', ...parameters })
    expect(errorOf(location)).toMatchObject({ error: 'invalid_request', state: 'the state' })
  })
})

describe('O6 a response type or mode', () => {
  it.each(['token', 'id_token', 'code id_token', 'none', 'code token'])(
    'O6 %s is refused',
    async (response_type) => {
      const { location, text } = await ask({ client_id: 'app', response_type, nonce: 'n' })
      expect(`${location} ${text}`).toMatch(/unsupported_response_type/)
    },
  )

  it('O6 web_message is refused', async () => {
    const { location } = await ask({ client_id: 'app', response_mode: 'web_message' })
    expect(errorOf(location)).toMatchObject({ error: 'unsupported_response_mode' })
  })

  it.each(['request', 'request_uri', 'registration'])('O6 the parameter %s is refused', async (name) => {
    const { location } = await ask({ client_id: 'app', [name]: 'https://app.example.org/object' })
    expect(errorOf(location).error).toBe(`${name}_not_supported`)
  })
})

describe('O7 the issuer', () => {
  it('O7 is named with a code', async () => {
    const { agent } = await signedIn()
    const { parameters } = await authorize(harness, agent, { client_id: 'app' })
    expect(parameters).toEqual({ code: expect.any(String), state: 'the state', iss: harness.issuer })
  })

  it('O7 is named with an error', async () => {
    const { parameters } = await authorize(harness, new UserAgent(), { client_id: 'app', prompt: 'none' })
    expect(parameters).toMatchObject({ error: 'login_required', state: 'the state', iss: harness.issuer })
  })
})

describe('O10 what the application asks about the sign-in', () => {
  it('O10 prompt=none answers at once, with a code or an error', async () => {
    const nobody = await authorize(harness, new UserAgent(), { client_id: 'app', prompt: 'none' })
    expect(nobody.parameters.error).toBe('login_required')
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    const known = await authorize(harness, agent, { client_id: 'other', prompt: 'none' })
    expect(known.parameters.code).toBeDefined()
  })

  it('O10 prompt=none asks nobody to agree', async () => {
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    const { parameters } = await authorize(harness, agent, { client_id: 'foreign', prompt: 'none' })
    expect(parameters.error).toBe('consent_required')
  })

  it('O10 prompt=login wants a proof given for it, also of a signed-in person', async () => {
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    const { response, url } = await authorize(harness, agent, { client_id: 'app', prompt: 'login' })
    expect(await response?.json()).toMatchObject({ prompt: 'login', reasons: ['login_prompt'] })
    // The session of before does not do, even when the page says so.
    expect((await agent.post(url, { decision: 'sign-in' })).status).toBe(500)
    await harness.signIn(agent, userid)
    const done = await agent.post(url, { decision: 'sign-in' })
    const after = await agent.follow(done.headers.get('location') ?? '', harness.issuer)
    expect(new URL(after.url).searchParams.get('code')).toBeTruthy()
  })

  it('O10 max_age wants a proof no older than that, and auth_time tells when it was', async () => {
    const { agent, session } = await signedIn()
    const { parameters, verifier } = await authorize(harness, agent, { client_id: 'app', max_age: '100' })
    const { body } = await redeem(harness, 'app', { code: parameters.code, verifier })
    expect(payloadOf(body.id_token).auth_time).toBe(Math.floor(session.authTime / 1000))
    const late = await authorize(harness, agent, { client_id: 'app', max_age: '0' })
    expect(await late.response?.json()).toMatchObject({ prompt: 'login' })
  })

  it('O10 acr and amr tell how the person signed in', async () => {
    const seen = async (amr: string[]) => {
      const { id_token } = await tokensFor(harness, 'app', { userid, amr })
      const { acr, amr: methods } = payloadOf(id_token)
      return { acr, amr: methods }
    }
    expect(await seen(['link'])).toEqual({ acr: 'urn:countersign:acr:1', amr: ['otp'] })
    expect(await seen(['pwd'])).toEqual({ acr: 'urn:countersign:acr:2', amr: ['pwd'] })
    expect(await seen(['passkey'])).toEqual({ acr: 'urn:countersign:acr:3', amr: ['pop', 'user', 'mfa'] })
  })

  it('O10 acr_values asks once for a stronger proof, and takes one that is stronger than asked', async () => {
    const strong = await signedIn(['passkey'])
    const wanted = { client_id: 'app', acr_values: 'urn:countersign:acr:2' }
    await authorize(harness, strong.agent, { client_id: 'app' })
    expect((await authorize(harness, strong.agent, wanted)).parameters.code).toBeDefined()
    const weak = await signedIn(['link'])
    await authorize(harness, weak.agent, { client_id: 'app' })
    const { response } = await authorize(harness, weak.agent, wanted)
    expect(await response?.json()).toMatchObject({ prompt: 'login', reasons: ['acr_values'] })
    const silent = await authorize(harness, weak.agent, { ...wanted, prompt: 'none' })
    expect(silent.parameters.code).toBeDefined()
  })

  it('O10 an id_token_hint about somebody else asks who is there', async () => {
    const { id_token } = await tokensFor(harness, 'app')
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    const hinted = { client_id: 'app', id_token_hint: id_token ?? '', prompt: 'none' }
    expect((await authorize(harness, agent, hinted)).parameters.error).toBe('login_required')
  })
})

describe('the session of the browser', () => {
  it('answers a second application without a page', async () => {
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    expect((await authorize(harness, agent, { client_id: 'other' })).parameters.code).toBeDefined()
  })

  it('is what counts: once it has ended, nobody is signed in', async () => {
    const { agent, session } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    await harness.does('end-session', { session_id: session.sessionId, reason: 'administrator' })
    const { parameters } = await authorize(harness, agent, { client_id: 'app', prompt: 'none' })
    expect(parameters.error).toBe('login_required')
  })

  it('is what counts: when somebody else signs in, the application gets them', async () => {
    const { agent } = await signedIn()
    await authorize(harness, agent, { client_id: 'app' })
    const somebodyElse = await harness.registerUser()
    await harness.signIn(agent, somebodyElse)
    const { parameters, verifier } = await authorize(harness, agent, { client_id: 'app' })
    const { body } = await redeem(harness, 'app', { code: parameters.code, verifier })
    expect(payloadOf(body.id_token).sub).toBe(somebodyElse)
  })

  it('S3 an interaction belongs to the browser that began it', async () => {
    const begun = new UserAgent()
    const { url, response } = await authorize(harness, begun, { client_id: 'app' })
    expect(response?.status).toBe(401)
    const { agent } = await signedIn()
    expect((await agent.send(url)).status).toBe(404)
    await harness.signIn(begun, userid)
    expect((await begun.send(url)).status).toBe(303)
  })

  it('S3 two interactions of one browser do not meet', async () => {
    const agent = new UserAgent()
    const first = await authorize(harness, agent, { client_id: 'app', state: 'first' })
    const second = await authorize(harness, agent, { client_id: 'other', state: 'second' })
    await harness.signIn(agent, userid)
    const ends = [
      await agent.follow(first.url, harness.issuer),
      await agent.follow(second.url, harness.issuer),
    ]
    expect(ends.map(({ url }) => new URL(url).searchParams.get('state'))).toEqual(['first', 'second'])
  })
})

describe('consent', () => {
  it('is asked for an application of somebody else, and remembered for the session', async () => {
    const { agent } = await signedIn()
    const asked = await authorize(harness, agent, { client_id: 'foreign', scope: 'openid email' })
    expect(await asked.response?.json()).toMatchObject({ prompt: 'consent', accountId: userid })
    const allowed = await agent.post(asked.url, { decision: 'allow' })
    const { url } = await agent.follow(allowed.headers.get('location') ?? '', harness.issuer)
    const code = new URL(url).searchParams.get('code') ?? ''
    const { body } = await redeem(harness, 'foreign', { code, verifier: asked.verifier })
    expect(body.scope).toBe('openid email')
    const again = await authorize(harness, agent, { client_id: 'foreign', scope: 'openid email' })
    expect(again.parameters.code).toBeDefined()
    const more = await authorize(harness, agent, { client_id: 'foreign', scope: 'openid email phone' })
    expect(await more.response?.json()).toMatchObject({ prompt: 'consent' })
  })

  it('that is denied tells the application so', async () => {
    const { agent } = await signedIn()
    const asked = await authorize(harness, agent, { client_id: 'foreign' })
    const denied = await agent.post(asked.url, { decision: 'deny' })
    const { url } = await agent.follow(denied.headers.get('location') ?? '', harness.issuer)
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ error: 'access_denied' })
  })

  it('cannot be given by somebody who signed in meanwhile', async () => {
    const { agent } = await signedIn()
    const asked = await authorize(harness, agent, { client_id: 'foreign' })
    await harness.signIn(agent, await harness.registerUser())
    expect((await agent.post(asked.url, { decision: 'allow' })).status).toBe(500)
  })
})
