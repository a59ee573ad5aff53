import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminRoutes } from '../../../src/http/admin/api.ts'
import type { AdminRoute, ProofNeed } from '../../../src/http/admin/route.ts'
import type { SignInMethod } from '../../../src/http/request/sessions.ts'
import { GrantAdapter } from '../../../src/oidc/adapters/grant-adapter.ts'
import { TokenAdapter } from '../../../src/oidc/adapters/token-adapter.ts'
import type { AppDeps } from '../../../src/service/app-deps.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { StreamReader } from '../stream/stream-reader.ts'
import { type BrowserHeaders, cookieOf } from './cookie-session.ts'
import { addressOf } from './route-table.ts'

const MINUTE = 60_000

/** How an administrator got a session: each proof, and how long before the calls it was given. */
const SESSIONS: Record<string, { proofs: [SignInMethod, number][]; has: 'nothing' | 'session' | 'fresh' }> = {
  'a password just now': { proofs: [['pwd', 0]], has: 'fresh' },
  'a password four minutes ago': { proofs: [['pwd', 4 * MINUTE]], has: 'fresh' },
  'a password six minutes ago': { proofs: [['pwd', 6 * MINUTE]], has: 'session' },
  'a passkey just now': { proofs: [['passkey', 0]], has: 'fresh' },
  'a passkey an hour ago': { proofs: [['passkey', 60 * MINUTE]], has: 'session' },
  'a link just now': { proofs: [['link', 0]], has: 'nothing' },
  'a link an hour ago': { proofs: [['link', 60 * MINUTE]], has: 'nothing' },
  'a code just now': { proofs: [['code', 0]], has: 'nothing' },
  'a link, then a code': {
    proofs: [
      ['link', 2 * MINUTE],
      ['code', 0],
    ],
    has: 'nothing',
  },
  'a link, then a password': {
    proofs: [
      ['link', 2 * MINUTE],
      ['pwd', 0],
    ],
    has: 'fresh',
  },
  'a link, then a passkey an hour ago': {
    proofs: [
      ['link', 70 * MINUTE],
      ['passkey', 60 * MINUTE],
    ],
    has: 'session',
  },
  'a password six minutes ago, then a link': {
    proofs: [
      ['pwd', 6 * MINUTE],
      ['link', 0],
    ],
    has: 'session',
  },
}

/** What each route asks of a person. A route that is not here fails the first test. */
const NEEDS: Record<string, ProofNeed> = {
  listUsers: 'session',
  createUser: { freshFor: ['groups'] },
  getUser: 'session',
  changeUser: { freshFor: ['groups', 'email', 'email_verified'] },
  eraseUser: 'fresh',
  listCredentials: 'session',
  removeCredential: 'fresh',
  listSessions: 'session',
  endSession: 'session',
  listMagicLinks: 'session',
  createMagicLink: 'fresh',
  revokeMagicLink: 'fresh',
  listClients: 'session',
  createClient: 'fresh',
  getClient: 'session',
  replaceClient: 'fresh',
  removeClient: 'fresh',
  rotateClientSecret: 'fresh',
  listEvents: 'session',
  listEventsOfUser: 'session',
  getAuditHead: 'session',
  getAuditCheckpoint: 'session',
}

const CALLERS = Object.keys(SESSIONS).flatMap((name) => [
  { name, by: 'cookie' as const },
  { name, by: 'token' as const },
])

let service: TestApp
let stream: string
const headers = new Map<string, Record<string, string>>()
const open: StreamReader[] = []

beforeAll(async () => {
  service = await createTestApp()
  const root = await service.register({ username: 'root', groups: ['admin'] })
  const secret_hash = 'a'.repeat(64)
  const redirect_uris = ['https://app.example.org/cb']
  await service.does('register-client', {
    client_id: 'console',
    public: false,
    secret_hash,
    redirect_uris,
    scope: 'openid admin',
  })
  await service.does('register-client', {
    client_id: 'machine',
    public: false,
    secret_hash,
    grant_types: ['client_credentials'],
    scope: 'admin',
  })
  await prove(root)
  await issueTokens(root)
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  stream = `${address.replace('http', 'ws')}/api/admin/events/stream`
  await service.newEvents()
})
afterAll(async () => {
  for (const reader of open) reader.close()
  await service.close()
})

/** Gives the proofs of all sessions, in the order of time, each in the browser of its session. */
async function prove(userid: string) {
  const end = service.deps.clock() + 80 * MINUTE
  const proofs = Object.entries(SESSIONS).flatMap(([name, session]) =>
    session.proofs.map(([method, ago]) => ({ name, method, at: end - ago })),
  )
  const browsers = new Map<string, BrowserHeaders>()
  for (const { name, method, at } of proofs.sort((one, other) => one.at - other.at)) {
    service.advance(at - service.deps.clock())
    browsers.set(name, await cookieOf(service, userid, method, browsers.get(name)))
  }
  for (const [name, sent] of browsers) headers.set(`${name} by cookie`, sent)
}

/** Keeps an access token of each session that says `admin`, as if it had once been given. */
async function issueTokens(accountId: string) {
  const token = { clientId: 'console', accountId, grantId: 'grant', scope: 'openid admin' }
  await new GrantAdapter('Grant', service.deps).upsert(
    'grant',
    { accountId, clientId: 'console', openid: { scope: 'openid admin' } },
    3600,
  )
  for (const name of Object.keys(SESSIONS)) {
    const cookie = headers.get(`${name} by cookie`)?.cookie
    const session = await service.deps.sessions.ofCookies(cookie)
    await new TokenAdapter('AccessToken', service.deps).upsert(
      name.replaceAll(/[ ,]+/g, '-'),
      { ...token, kind: 'AccessToken', sessionUid: session?.sessionId ?? '' },
      3600,
    )
    headers.set(`${name} by token`, { authorization: `Bearer ${name.replaceAll(/[ ,]+/g, '-')}` })
  }
  await new TokenAdapter('ClientCredentials', service.deps).upsert(
    'machine',
    { kind: 'ClientCredentials', clientId: 'machine', scope: 'admin' },
    3600,
  )
}

const routes = () => adminRoutes(service.deps as AppDeps)

/** Calls a route about things that nobody has, with a body that changes nothing where it is let through. */
function call(route: AdminRoute, extra: Record<string, string>, member?: string) {
  const taken = route.name === 'createUser' ? { username: 'root' } : {}
  const body = { ...taken, ...(member === undefined ? {} : { [member]: VALUES[member] }) }
  return service.app.inject({
    method: route.method,
    url: `/api/admin${addressOf(route.path)}`,
    headers: { ...extra, ...(route.method === 'GET' ? {} : { 'content-type': 'application/json' }) },
    ...(route.method === 'GET'
      ? {}
      : { payload: route.input.body === undefined ? '' : JSON.stringify(body) }),
  })
}

const VALUES: Record<string, unknown> = { groups: ['admin'], email: 'a@example.org', email_verified: true }

/** Every way to call a route that asks for something else of the person. */
const callsOf = (route: AdminRoute): { member?: string; needs: 'session' | 'fresh' }[] =>
  typeof route.proof === 'string'
    ? [{ needs: route.proof }]
    : [{ needs: 'session' }, ...route.proof.freshFor.map((member) => ({ member, needs: 'fresh' as const }))]

const suffices = (has: 'nothing' | 'session' | 'fresh', needs: 'session' | 'fresh') =>
  has === 'fresh' || has === needs

describe('M10 what a route asks of a person', () => {
  it('is said by every route of the table', () => {
    expect(Object.fromEntries(routes().map(({ name, proof }) => [name, proof]))).toStrictEqual(NEEDS)
  })

  it.each(CALLERS)(
    'A2 is asked of an administrator with $name, by $by, at every route',
    async ({ name, by }) => {
      const extra = headers.get(`${name} by ${by}`) ?? {}
      const { has } = SESSIONS[name]!
      for (const route of routes()) {
        for (const { member, needs } of callsOf(route)) {
          const answer = await call(route, extra, member)
          const what = `${route.name} ${member ?? ''}: ${answer.body}`
          if (suffices(has, needs)) {
            expect([401, 403].includes(answer.statusCode) || answer.statusCode >= 500, what).toBe(false)
          } else {
            expect(answer.statusCode, what).toBe(403)
            expect(answer.json(), what).toMatchObject({ code: 'proof_needed', status: 403 })
            expect(answer.headers['www-authenticate'], what).toMatch(
              /^Bearer .*error="insufficient_user_authentication".*max_age="300"/,
            )
          }
        }
      }
      expect(await service.newTypes()).toStrictEqual([])
    },
  )

  it.each(CALLERS)('A4 is asked before the live stream opens: $name, by $by', async ({ name, by }) => {
    const reader = new StreamReader(stream, headers.get(`${name} by ${by}`) ?? {})
    open.push(reader)
    if (SESSIONS[name]?.has === 'nothing') expect(await reader.declined()).toBe(403)
    else await reader.caughtUp()
  })

  it.each(CALLERS)('is asked for the metrics: $name, by $by', async ({ name, by }) => {
    const answer = await service.app.inject({
      url: '/metrics',
      headers: headers.get(`${name} by ${by}`) ?? {},
    })
    expect(answer.statusCode).toBe(SESSIONS[name]?.has === 'nothing' ? 403 : 200)
  })

  it('is asked of no machine, which authenticates for every token', async () => {
    for (const route of routes()) {
      for (const { member } of callsOf(route)) {
        const answer = await call(route, { authorization: 'Bearer machine' }, member)
        expect([401, 403], `${route.name}: ${answer.body}`).not.toContain(answer.statusCode)
      }
    }
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('is required before any answer about the body', async () => {
    const extra = headers.get('a password six minutes ago by cookie') ?? {}
    for (const route of routes().filter(({ proof }) => proof === 'fresh')) {
      const answer = await service.app.inject({
        method: route.method,
        url: `/api/admin${addressOf(route.path)}`,
        headers: { ...extra, 'content-type': 'application/json' },
        payload: '{"broken',
      })
      expect(answer.json(), route.name).toMatchObject({ code: 'proof_needed' })
    }
  })
})

describe('A5 an open stream', () => {
  const person = { authorization: 'Bearer a-password-just-now' }
  const scope = (text: string) =>
    service.does('change-client', { client_id: 'console', changes: { scope: text } })

  it.each([
    [
      'of a machine, when its secret is rotated',
      { authorization: 'Bearer machine' },
      () => service.does('rotate-client-secret', { client_id: 'machine', secret_hash: 'b'.repeat(64) }),
    ],
    [
      'of a person, when the scope is taken off the client and given back',
      person,
      async () => {
        await scope('openid')
        await scope('openid admin')
      },
    ],
  ])('is closed %s', async (_what, sent, take) => {
    const reader = new StreamReader(stream, sent)
    open.push(reader)
    await reader.caughtUp()
    await take()
    expect(await reader.closed).toMatchObject({ code: 4403 })
  })
})
