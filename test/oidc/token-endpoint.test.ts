import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { about, authorize, basic, pkce, redeem, refresh, token, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness, REDIRECT_URI, SECRET } from './support/harness.ts'
import { travel, travelHome } from './support/time-travel.ts'
import { UserAgent } from './support/user-agent.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({
    client_id: 'app',
    redirect_uris: [REDIRECT_URI, 'https://app.example.org/second'],
  })
  await harness.registerClient({ client_id: 'other' })
  await harness.registerClient({ client_id: 'public', public: true })
  await harness.registerClient({ client_id: 'only-codes', grant_types: ['authorization_code'] })
})
afterAll(() => harness.close())
afterEach(() => {
  travelHome()
  expect(harness.faults).toEqual([])
})

async function freshCode(clientId = 'app') {
  const agent = new UserAgent()
  const userid = await harness.registerUser()
  await harness.signIn(agent, userid)
  const { parameters, verifier } = await authorize(harness, agent, { client_id: clientId })
  harness.newEvents()
  return { code: parameters.code, verifier, userid }
}

const reuseOf = (subject: string, client = 'app') => ({
  type: 'TokenReuseDetected',
  subject,
  client,
  actor: client,
})

describe('O3 a code', () => {
  it('O3 works once, and its replay revokes what it gave', async () => {
    const { userid, code, verifier, access_token, refresh_token } = await tokensFor(harness, 'app')
    harness.newEvents()
    expect((await userinfo(harness, access_token)).status).toBe(200)
    const replay = await redeem(harness, 'app', { code, verifier })
    expect(replay).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect((await refresh(harness, 'app', refresh_token)).body.error).toBe('invalid_grant')
    expect(harness.newEvents()).toMatchObject([reuseOf(userid)])
  })

  it('O3 is not spoilt by another client that presents it, before or after', async () => {
    const { code, verifier } = await freshCode()
    const stolen = await redeem(harness, 'other', { code, verifier })
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const { status, body } = await redeem(harness, 'app', { code, verifier })
    expect(status).toBe(200)
    expect((await redeem(harness, 'other', { code, verifier })).status).toBe(400)
    expect((await userinfo(harness, body.access_token)).status).toBe(200)
    expect(harness.newEvents()).toEqual([])
  })

  it('O3 is bound to its verifier: a replay without it does not revoke', async () => {
    const { code, verifier } = await freshCode()
    for (const wrong of ['', pkce().verifier, 'short']) {
      const { status } = await redeem(harness, 'app', { code, verifier: wrong })
      expect(status).toBe(400)
    }
    const { status, body } = await redeem(harness, 'app', { code, verifier })
    expect(status).toBe(200)
    expect((await redeem(harness, 'app', { code, verifier: pkce().verifier })).status).toBe(400)
    expect((await userinfo(harness, body.access_token)).status).toBe(200)
  })

  it('O3 is bound to its redirect URI', async () => {
    const { code = '', verifier } = await freshCode()
    const fields = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const second = 'https://app.example.org/second'
    expect((await token(harness, 'app', { ...fields, redirect_uri: second })).body.error).toBe(
      'invalid_grant',
    )
    expect((await token(harness, 'app', fields)).body.error).toBe('invalid_request')
    expect((await token(harness, 'app', { ...fields, redirect_uri: REDIRECT_URI })).status).toBe(200)
  })

  it('O3 ends after a minute', async () => {
    const { code, verifier } = await freshCode()
    travel(60_001)
    expect((await redeem(harness, 'app', { code, verifier })).body.error).toBe('invalid_grant')
  })

  it('O3 is worth nothing once its session has ended', async () => {
    const agent = new UserAgent()
    const session = await harness.signIn(agent, await harness.registerUser())
    const { parameters, verifier } = await authorize(harness, agent, { client_id: 'app' })
    await harness.does('end-session', { session_id: session.sessionId, reason: 'signed_out' })
    const answer = await redeem(harness, 'app', { code: parameters.code, verifier })
    expect(answer.body.error).toBe('invalid_grant')
  })
})

describe('O6 a grant type', () => {
  it.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:example', ''])(
    'O6 %s is refused',
    async (grant_type) => {
      const { status, body } = await token(harness, 'app', { grant_type, username: 'ada', password: 'x' })
      expect(status).toBe(400)
      expect(body.error).toMatch(/^(unsupported_grant_type|invalid_request)$/)
    },
  )

  it('O6 that the client is not registered for is refused', async () => {
    const { refresh_token } = await tokensFor(harness, 'only-codes')
    expect(refresh_token).toBeUndefined()
    const stolen = await tokensFor(harness, 'app')
    expect((await refresh(harness, 'only-codes', stolen.refresh_token)).status).toBe(400)
    expect((await token(harness, 'app', { grant_type: 'client_credentials' })).status).toBe(400)
  })
})

describe('O8 client authentication', () => {
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${harness.issuer}/oidc/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', ...fields }),
    })

  it('O8 takes one method, not two', async () => {
    const both = await post({ client_id: 'app', client_secret: SECRET }, { authorization: basic('app') })
    expect(both.status).toBe(400)
    expect(await both.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('O8 takes the secret in the header or in the form', async () => {
    const { refresh_token = '' } = await tokensFor(harness, 'app')
    const inForm = await post({ client_id: 'app', client_secret: SECRET, refresh_token })
    expect(inForm.status).toBe(200)
  })

  it('O8 answers the same to a wrong secret, no secret and an unknown client', async () => {
    const answers = await Promise.all([
      post({}, { authorization: basic('app', 'wrong') }),
      post({}, { authorization: basic('nobody', SECRET) }),
      post({ client_id: 'app', client_secret: 'wrong' }),
      post({ client_id: 'app' }),
      post({ client_id: 'public', client_secret: SECRET }),
    ])
    const error = { error: 'invalid_client', error_description: 'client authentication failed' }
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(await answer.json()).toEqual(error)
    }
  })

  it('O8 the stored hash is not the secret', async () => {
    const { views } = harness.storage
    const hash = views.clients.byId('app')?.secret_hash ?? ''
    expect((await post({}, { authorization: basic('app', hash) })).status).toBe(401)
  })

  it.each([
    'Basic',
    'Basic ',
    'Basic !!!',
    'Basic YXBw',
    `Basic ${Buffer.from('app:').toString('base64')}`,
    `Basic ${Buffer.from('%:%').toString('base64')}`,
    `Basic ${Buffer.from([0, 1, 2, 255, 58, 255]).toString('base64')}`,
    `Basic ${Buffer.from(`${'a'.repeat(5000)}:b`).toString('base64')}`,
    'Bearer token',
    'Negotiate x y z',
    '\u00e9',
  ])('O8 malformed authentication is the client’s fault: %j', async (authorization) => {
    const { status } = await post({}, { authorization })
    expect([400, 401]).toContain(status)
  })

  it.each([{ client_assertion: 'x.y.z' }, { client_assertion: '{}', client_assertion_type: 'x' }])(
    'O8 takes no assertions: %j',
    async (fields: Record<string, string>) => {
      expect((await post(fields)).status).toBe(401)
    },
  )
})

describe('O9 kinds of tokens do not mix', () => {
  it('O9 each is good at its own place only', async () => {
    const { access_token, refresh_token, id_token, code, verifier } = await tokensFor(harness, 'app')
    for (const wrong of [refresh_token, id_token, code]) {
      expect((await userinfo(harness, wrong)).status).toBe(401)
      expect(await harness.oidc.readToken(wrong ?? '')).toBeNull()
    }
    for (const wrong of [access_token, id_token, code]) {
      expect((await refresh(harness, 'app', wrong)).body.error).toBe('invalid_grant')
    }
    for (const wrong of [access_token, refresh_token, id_token]) {
      expect((await redeem(harness, 'app', { code: wrong, verifier })).body.error).toBe('invalid_grant')
    }
    expect((await userinfo(harness, access_token)).status).toBe(200)
  })

  it('O9 a token is never taken from the address', async () => {
    const { access_token } = await tokensFor(harness, 'app')
    const response = await fetch(`${harness.issuer}/oidc/userinfo?access_token=${access_token}`)
    expect(response.status).toBe(400)
  })
})

describe('O15 input is bounded', () => {
  const post = (
    body: string | URLSearchParams,
    type = 'application/x-www-form-urlencoded',
    path = '/oidc/token',
  ) =>
    fetch(`${harness.issuer}${path}`, {
      method: 'POST',
      headers: { authorization: basic('app'), 'content-type': type },
      body,
    })

  it.each([
    [
      '50 kB of scope',
      () =>
        new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', scope: 's '.repeat(25_000) }),
    ],
    ['ten thousand parameters', () => Array.from({ length: 10_000 }, (_, n) => `p${n}=`).join('&')],
    ['the same parameter a thousand times', () => 'grant_type=refresh_token&'.repeat(1000)],
    ['one MiB', () => `grant_type=refresh_token&refresh_token=${'x'.repeat(1024 * 1024)}`],
    ['a prototype', () => '__proto__=x&constructor=y&grant_type=refresh_token&hasOwnProperty=z'],
    ['broken percent signs', () => 'grant_type=%&client_id=%E0%A4%A'],
    ['null bytes', () => 'grant_type=refresh_token&refresh_token=%00%00'],
  ])('O15 %s', async (_name, body) => {
    for (const path of ['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/userinfo']) {
      const { status } = await post(body(), undefined, path)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/xml', 'nonsense'])(
    'O15 a body of type %s',
    async (type) => {
      const { status } = await post(`{"grant_type":${'['.repeat(10_000)}`, type)
      expect([400, 415]).toContain(status)
    },
  )

  it('O15 a long address', async () => {
    const fits = await fetch(`${harness.issuer}/oidc/authorize?client_id=app&scope=${'s+'.repeat(5000)}`)
    expect(fits.status).toBe(400)
    const tooLong = await fetch(`${harness.issuer}/oidc/authorize?scope=${'s+'.repeat(25_000)}`)
    expect(tooLong.status).toBe(431)
  })

  it('O15 a body that never ends is answered before it does', async () => {
    const { port } = new URL(harness.issuer)
    const socket = connect(Number(port), '127.0.0.1')
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    socket.write(
      `POST /oidc/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\nAuthorization: ${basic('app')}\r\n\r\n`,
    )
    for (let sent = 0; sent < 8; sent += 1) socket.write(`4000\r\n${'a'.repeat(0x4000)}\r\n`)
    expect(await answer).toMatch(/^HTTP\/1\.1 400 /)
    socket.destroy()
  })
})

describe('introspection', () => {
  const introspect = async (clientId: string, value: string | undefined) =>
    (await about(harness, 'introspect', clientId, value)).json() as Promise<Record<string, unknown>>

  it.each([
    ['for people only', ['authorization_code'], 'openid admin', false],
    ['for people, with refresh', ['authorization_code', 'refresh_token'], 'openid admin', false],
    ['for itself without the scope', ['client_credentials'], 'openid', false],
    ['for both without the scope', ['authorization_code', 'client_credentials'], 'openid email', false],
    ['for itself', ['client_credentials'], 'admin', true],
    ['for both', ['authorization_code', 'client_credentials'], 'openid admin', true],
  ] as const)('O9 of others’ tokens goes by what the client may have itself: admin %s', async (...row) => {
    const [what, grants, scope, may] = row
    const client_id = `asks-${what.replaceAll(/[^a-z]+/g, '-')}`
    await harness.registerClient({ client_id, grant_types: [...grants], scope })
    const { access_token, refresh_token } = await tokensFor(harness, 'app')
    for (const value of [access_token, refresh_token]) {
      expect((await introspect(client_id, value)).active).toBe(may)
    }
  })

  it('tells a confidential client about its own tokens only', async () => {
    const { userid, access_token, refresh_token } = await tokensFor(harness, 'app', { scope: 'openid email' })
    const known = { active: true, client_id: 'app', sub: userid, scope: 'openid email' }
    expect(await introspect('app', access_token)).toMatchObject({ ...known, token_type: 'Bearer' })
    expect(await introspect('app', refresh_token)).toMatchObject(known)
    expect(await introspect('other', access_token)).toEqual({ active: false })
    expect(await introspect('app', 'nonsense')).toEqual({ active: false })
  })

  it('tells an administrating client about all', async () => {
    const scope = 'admin openid'
    await harness.registerClient({
      client_id: 'auditor',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope,
    })
    const { access_token } = await tokensFor(harness, 'app')
    expect(await introspect('auditor', access_token)).toMatchObject({ active: true, client_id: 'app' })
  })

  it('tells a public client nothing', async () => {
    const { agent } = await tokensFor(harness, 'app')
    const { parameters, verifier } = await authorize(harness, agent, { client_id: 'public' })
    const { body } = await redeem(harness, 'public', { code: parameters.code, verifier }, null)
    const response = await fetch(`${harness.issuer}/oidc/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'public', token: body.access_token ?? '' }),
    })
    expect(await response.json()).toEqual({ active: false })
  })

  it('knows used refresh tokens, ended sessions and deactivated people', async () => {
    const used = await tokensFor(harness, 'app')
    await refresh(harness, 'app', used.refresh_token)
    expect(await introspect('app', used.refresh_token)).toEqual({ active: false })
    const ended = await tokensFor(harness, 'app')
    await harness.does('end-session', { session_id: ended.session.sessionId, reason: 'user' })
    expect(await introspect('app', ended.access_token)).toEqual({ active: false })
    const gone = await tokensFor(harness, 'app')
    await harness.does('change-user', { userid: gone.userid, changes: { active: false } })
    expect(await introspect('app', gone.access_token)).toEqual({ active: false })
  })
})

describe('revocation', () => {
  it('of a refresh token ends all that came with it', async () => {
    const { access_token, refresh_token } = await tokensFor(harness, 'app')
    expect((await about(harness, 'revoke', 'app', refresh_token)).status).toBe(200)
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect((await refresh(harness, 'app', refresh_token)).body.error).toBe('invalid_grant')
  })

  it('of an access token ends it, and the application can ask for another without a page', async () => {
    const { agent, access_token } = await tokensFor(harness, 'app')
    expect((await about(harness, 'revoke', 'app', access_token)).status).toBe(200)
    expect((await userinfo(harness, access_token)).status).toBe(401)
    expect(await harness.oidc.readToken(access_token ?? '')).toBeNull()
    const again = await authorize(harness, agent, { client_id: 'app', prompt: 'none' })
    expect(again.parameters.code).toBeDefined()
  })

  it('is for the client that the token was issued to', async () => {
    const { access_token } = await tokensFor(harness, 'app')
    expect((await about(harness, 'revoke', 'other', access_token)).status).toBe(400)
    expect((await userinfo(harness, access_token)).status).toBe(200)
    expect((await about(harness, 'revoke', 'app', 'nonsense')).status).toBe(200)
  })
})
