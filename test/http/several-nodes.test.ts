import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { TestBrowser } from '../support/browser.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { PASSWORD } from '../support/people.ts'

const REDIRECT_URI = 'https://app.example.org/callback'
const VERIFIER = 'v'.repeat(64)

describeWithMongo('three nodes of one service, behind a balancer that takes turns', (server) => {
  let nodes: TestApp[]
  let turn = 0
  /** Stands for all nodes: each request goes to the next one. */
  let balancer: FastifyInstance

  beforeAll(async () => {
    const environment = {
      OIDC_OP_STORAGE_BACKEND: 'mongodb',
      OIDC_OP_MONGODB_URI: server.uri,
      OIDC_OP_MONGODB_DATABASE: server.newDatabase(),
      OIDC_OP_MASTER_KEY: Buffer.from(systemRandom(32)).toString('base64'),
    }
    nodes = []
    for (let index = 0; index < 3; index += 1) nodes.push(await createTestApp({ environment }))
    const inject = (...request: Parameters<FastifyInstance['inject']>) => {
      turn += 1
      return node(turn % nodes.length).app.inject(...request)
    }
    balancer = { inject } as FastifyInstance
    await node().does('register-client', {
      client_id: 'app',
      public: true,
      secret_hash: null,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile offline_access',
      first_party: true,
    })
    await everywhere()
  })
  afterAll(async () => {
    for (const { close } of nodes) await close()
  })

  const node = (index = 0) => nodes[index] ?? expect.unreachable()
  /** Waits until every node has applied what was written so far: a write past the balancer carries no position. */
  const everywhere = () =>
    vi.waitFor(() => {
      const positions = nodes.map(({ storage }) => storage.log.head().position)
      expect(new Set(positions).size).toBe(1)
    })
  const registered = async (index: number, username: string) => {
    const userid = await node(index).register({ username, password: PASSWORD })
    await everywhere()
    return userid
  }
  const newBrowser = () => new TestBrowser(balancer, node().issuer)

  /** Signs somebody in through the pages, each request at another node; answers the code. */
  async function codeFor(username: string, browser = newBrowser()): Promise<string> {
    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
    })
    let arrived = await browser.follow(await browser.get(`/oidc/authorize?${query}`))
    if (arrived.headers.location === undefined) {
      const action = /action="(\/interaction\/[^"]+\/login)/.exec(browser.page.body)?.[1] ?? ''
      arrived = await browser.follow(await browser.submit(action, { username, password: PASSWORD }))
    }
    return (
      new URL(String(arrived.headers.location)).searchParams.get('code') ?? expect.unreachable(arrived.body)
    )
  }

  function redeem(at: Pick<FastifyInstance, 'inject'>, code: string) {
    return at.inject({
      method: 'POST',
      url: '/oidc/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'app',
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
      }).toString(),
    })
  }

  it('a person registered at one signs in over all, and the code is redeemed at another', async () => {
    await registered(0, 'ada')
    const code = await codeFor('ada')
    const tokens = await redeem(node(1).app, code)
    expect(tokens.statusCode, tokens.body).toBe(200)
    const { access_token } = tokens.json()
    const claims = await node(2).app.inject({
      url: '/oidc/userinfo',
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(claims.json()).toMatchObject({ preferred_username: 'ada' })
    expect((await redeem(node(2).app, code)).json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('of 20 redemptions of one code at once, over all nodes, one wins', async () => {
    await registered(1, 'bob')
    const code = await codeFor('bob')
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(balancer, code)))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, ...Array(19).fill(400)])
  })

  it('a session of one is a session of all: signing in once is enough', async () => {
    await registered(2, 'carl')
    const browser = newBrowser()
    await codeFor('carl', browser)
    const pages = [
      await browser.get('/account'),
      await browser.get('/account'),
      await browser.get('/account'),
    ]
    expect(pages.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    expect(await codeFor('carl', browser)).toMatch(/./)
  })

  it('who is deactivated at one is signed out of all within a second', async () => {
    const userid = await registered(0, 'dora')
    const browser = newBrowser()
    const { access_token } = (await redeem(balancer, await codeFor('dora', browser))).json()
    const headers = { authorization: `Bearer ${access_token}` }
    await node(0).does('change-user', { userid, changes: { active: false } })
    const since = performance.now()
    const refusedAt = async ({ app }: TestApp) => {
      const claims = await app.inject({ url: '/oidc/userinfo', headers })
      const account = await app.inject({
        url: '/account',
        headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      })
      expect([claims.statusCode, account.statusCode]).toEqual([401, 303])
    }
    for (const each of nodes) {
      await vi.waitFor(() => refusedAt(each), { timeout: 1_000 - (performance.now() - since), interval: 20 })
    }
    console.log(`deactivated everywhere after ${Math.round(performance.now() - since)} ms`)
  })

  it('failed sign-ins are counted together: eleven in all throttle everywhere', async () => {
    await registered(0, 'emil')
    const attempt = async (app: FastifyInstance, password: string) => {
      const browser = new TestBrowser(app, node().issuer)
      await browser.get('/login')
      return (await browser.submit('/login', { username: 'emil', password })).statusCode
    }
    expect(await attempt(node(0).app, PASSWORD)).toBe(303)
    for (let count = 0; count < 11; count += 1) await attempt(balancer, 'not the one it is')
    for (const each of nodes) expect(await attempt(each.app, PASSWORD)).toBe(403)
    for (const each of nodes) await each.settled()
    await everywhere()
    const { log } = node().storage
    expect(log.eventsAfter(0, -1).filter(({ type }) => type === 'SignInThrottled')).toHaveLength(1)
  })

  it('the live log of each shows what any wrote', async () => {
    const before = node(2).storage.log.head().sequence
    await node(0).register({ username: 'fred' })
    const { position } = node(0).storage.log.head()
    expect(await node(2).storage.reached(position)).toBe(true)
    expect(
      node(2)
        .storage.log.eventsAfter(before, 10)
        .map(({ type }) => type),
    ).toContain('UserRegistered')
  })
})
