import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorize, redeem, refresh, token, tokensFor, userinfo } from './support/flow.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { UserAgent } from './support/user-agent.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
  await harness.registerClient({ client_id: 'app', scope: 'openid email admin' })
})
afterAll(async () => {
  expect(harness.faults).toEqual([])
  await harness.close()
})

const machine = (client_id: string, scope: string) =>
  harness.registerClient({ client_id, scope, grant_types: ['client_credentials'], redirect_uris: [] })
const asMachine = (client_id: string, scope?: string) =>
  token(harness, client_id, { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) })

describe('a machine', () => {
  it('gets the scopes that it asks for and is registered with', async () => {
    await machine('robot', 'admin orders:read')
    const { body } = await asMachine('robot', 'admin orders:read')
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'admin orders:read',
    })
    const bearer = { kind: 'client', clientId: 'robot', scopes: ['admin', 'orders:read'] }
    expect(await harness.oidc.readToken(body.access_token ?? '')).toEqual(bearer)
    const none = await asMachine('robot')
    expect(none.body.scope).toBeUndefined()
    expect(await harness.oidc.readToken(none.body.access_token ?? '')).toEqual({ ...bearer, scopes: [] })
  })

  it('gets no scope that it is not registered with, known or not', async () => {
    await machine('plain-robot', 'orders:read')
    for (const scope of ['admin', 'orders:write', 'orders:read admin', 'openid']) {
      expect(await asMachine('plain-robot', scope)).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      })
    }
  })

  it('loses a scope at once when it is taken away, and everything when it is removed', async () => {
    await machine('fired-robot', 'admin')
    const { access_token = '' } = (await asMachine('fired-robot', 'admin')).body
    await harness.does('change-client', { client_id: 'fired-robot', changes: { scope: 'orders:read' } })
    expect(await harness.oidc.readToken(access_token)).toEqual({
      kind: 'client',
      clientId: 'fired-robot',
      scopes: [],
    })
    await harness.does('remove-client', { client_id: 'fired-robot' })
    expect(await harness.oidc.readToken(access_token)).toBeNull()
  })

  it('is nobody: its token shows no person', async () => {
    await machine('nosy-robot', 'openid')
    const { access_token } = (await asMachine('nosy-robot', 'openid')).body
    expect((await userinfo(harness, access_token)).status).toBe(401)
  })
})

describe('the scope admin of a person', () => {
  it('is given to members of the group only; others get the rest', async () => {
    const outsider = await tokensFor(harness, 'app', { scope: 'openid email admin' })
    expect(outsider.scope).toBe('openid email')
    const userid = await harness.registerUser({ groups: ['admin'] })
    const member = await tokensFor(harness, 'app', { userid, scope: 'openid email admin', amr: ['passkey'] })
    expect(member.scope).toBe('openid email admin')
    expect(await harness.oidc.readToken(member.access_token ?? '')).toEqual({
      kind: 'user',
      userid,
      groups: ['admin'],
      sessionId: member.session.sessionId,
      authTime: Math.floor(member.session.authTime / 1000) * 1000,
      amr: ['passkey'],
      strongAuthTime: expect.any(Number),
      token: { scopes: ['openid', 'email', 'admin'], clientId: 'app' },
    })
  })

  it.each([['link'], ['code'], ['link', 'code']])(
    'M10 is given to no code and no token of a session begun by %s, until it is stepped up',
    async (...amr) => {
      const userid = await harness.registerUser({ groups: ['admin'] })
      const scope = 'openid email admin'
      const mailed = await tokensFor(harness, 'app', { userid, scope, amr })
      expect(mailed.scope).toBe('openid email')
      const waiting = await authorize(harness, mailed.agent, { client_id: 'app', scope })
      const refreshed = await refresh(harness, 'app', mailed.refresh_token)
      expect(refreshed.body.scope).toBe('openid email')

      await harness.does('record-sign-in', {
        userid,
        session_id: mailed.session.sessionId,
        amr: ['pwd'],
        expires_at: '2999-01-01T00:00:00.000Z',
      })
      const old = await harness.oidc.readToken(refreshed.body.access_token ?? '')
      expect(old).toMatchObject({ token: { scopes: ['openid', 'email'] } })
      expect((await refresh(harness, 'app', refreshed.body.refresh_token)).body.scope).toBe('openid email')
      const code = (parameters: Record<string, string>, verifier: string) =>
        redeem(harness, 'app', { code: parameters.code, verifier })
      expect((await code(waiting.parameters, waiting.verifier)).body.scope).toBe(scope)
      const again = await authorize(harness, mailed.agent, { client_id: 'app', scope })
      expect((await code(again.parameters, again.verifier)).body.scope).toBe(scope)
    },
  )

  it('is not given through an application that is not registered for it', async () => {
    await harness.registerClient({ client_id: 'modest', scope: 'openid' })
    const agent = new UserAgent()
    await harness.signIn(agent, await harness.registerUser({ groups: ['admin'] }))
    const { parameters } = await authorize(harness, agent, { client_id: 'modest', scope: 'openid admin' })
    expect(parameters).toMatchObject({ error: 'invalid_scope', scope: 'admin' })
  })

  it('is asked of an application of somebody else as any other scope, and refused without a loop', async () => {
    await harness.registerClient({ client_id: 'foreign', first_party: false, scope: 'openid admin' })
    const agent = new UserAgent()
    await harness.signIn(agent, await harness.registerUser())
    const asked = await authorize(harness, agent, { client_id: 'foreign', scope: 'openid admin' })
    const allowed = await agent.post(asked.url, { decision: 'allow' })
    const { url } = await agent.follow(allowed.headers.get('location') ?? '', harness.issuer)
    const code = new URL(url).searchParams.get('code') ?? ''
    expect((await redeem(harness, 'foreign', { code, verifier: asked.verifier })).body.scope).toBe('openid')
  })
})

describe('claims', () => {
  it('come by scope, from what is known now', async () => {
    const person = {
      given_name: 'Ada',
      family_name: 'Lovelace',
      email: 'ada@example.org',
      email_verified: true,
      phone_number: '+41 44 123 45 67',
      locale: 'en-GB',
      groups: ['staff', 'math'],
    }
    const userid = await harness.registerUser({ username: 'ada', ...person })
    await harness.registerClient({ client_id: 'curious' })
    const claims = async (scope: string) => {
      const { access_token } = await tokensFor(harness, 'curious', { userid, scope })
      return (await userinfo(harness, access_token)).json()
    }
    expect(await claims('openid')).toEqual({ sub: userid })
    expect(await claims('openid email phone')).toEqual({
      sub: userid,
      email: 'ada@example.org',
      email_verified: true,
      phone_number: '+41 44 123 45 67',
      phone_number_verified: false,
    })
    expect(await claims('openid profile groups')).toEqual({
      sub: userid,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      preferred_username: 'ada',
      locale: 'en-GB',
      updated_at: expect.any(Number),
      groups: ['math', 'staff'],
    })
  })
})

describe('O12 scripts of other origins', () => {
  const call = (origin: string, init: RequestInit, path = '/oidc/token') =>
    fetch(`${harness.issuer}${path}`, { ...init, headers: { origin, ...init.headers } })

  it('O12 may call from where the client lives, and from nowhere else', async () => {
    await harness.registerClient({ client_id: 'spa', public: true })
    const body = () =>
      new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'spa' })
    const own = await call('https://app.example.org', { method: 'POST', body: body() })
    expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example.org')
    expect(own.headers.get('access-control-allow-credentials')).toBeNull()
    for (const origin of ['https://evil.example.org', 'null', 'https://app.example.org.evil.example']) {
      const foreign = await call(origin, { method: 'POST', body: body() })
      expect(foreign.status).toBe(400)
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('O12 may ask for claims from where the client lives, and from nowhere else', async () => {
    const { access_token } = await tokensFor(harness, 'app')
    const headers = { authorization: `Bearer ${access_token}` }
    const own = await call('https://app.example.org', { headers }, '/oidc/userinfo')
    expect(own.status).toBe(200)
    const foreign = await call('https://evil.example.org', { headers }, '/oidc/userinfo')
    expect(foreign.status).toBe(400)
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('O12 learn before a call which ones they may make', async () => {
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }
    const answer = await call('https://app.example.org', preflight)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST')
  })

  it('O12 may read what is public', async () => {
    const answer = await call('https://anybody.example', {}, '/.well-known/openid-configuration')
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://anybody.example')
  })
})

describe('O16 the service asks nobody else', () => {
  it('O16 neither a back-channel address nor anything in a client id or assertion', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await harness.registerClient({ client_id: 'listener', backchannel_logout_uri: `${here}/logout` })
    const { agent, id_token = '' } = await tokensFor(harness, 'listener')
    const page = await (
      await agent.send(`${harness.issuer}/oidc/end_session?id_token_hint=${id_token}`)
    ).text()
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await agent.post(`${harness.issuer}/oidc/end_session/confirm`, { xsrf, logout: 'yes' })
    await authorize(harness, agent, { client_id: `${here}/client` })
    await authorize(harness, agent, { client_id: 'app', request_uri: `${here}/request` })
    await token(harness, 'app', { grant_type: 'refresh_token', client_assertion: 'x', jku: `${here}/jku` })
    server.close()
    expect(seen).toEqual([])
  })
})

describe('what is stored', () => {
  it('P6 holds no code, token or cookie in the clear', async () => {
    const { readFileSync } = await import('node:fs')
    const all = await tokensFor(harness, 'app', { scope: 'openid email' })
    const cookie = all.agent.cookie('countersign-op') ?? ''
    expect(cookie).not.toBe('')
    const interaction = await authorize(harness, new UserAgent(), { client_id: 'app' })
    const uid = interaction.url.split('/').at(-1) ?? ''
    const bytes = ['oidc_op.db', 'oidc_op.db-wal'].map((name) => readFileSync(`${harness.directory}/${name}`))
    for (const secret of [all.code, all.access_token, all.refresh_token, all.verifier, cookie, uid]) {
      expect(bytes.some((file) => file.includes(secret ?? 'nothing'))).toBe(false)
    }
  })
})
