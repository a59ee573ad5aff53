import type { LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PASSING_CODES, Refusal } from '../../src/kernel/refusal.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type BrowserHeaders, cookieOf } from './admin/cookie-session.ts'
import { addressOf, type ListedRoute, routesOf } from './admin/route-table.ts'

const ORIGIN = 'http://localhost:8080'
const CALLBACK = 'https://app.example.org/callback'

/** What is asked of the store, and what it fails with instead. */
interface Fault {
  of: 'writes' | 'everything'
  error: () => Error
}

const driverError = (name: string, code?: string) => Object.assign(new Error('of a driver'), { name, code })

const FAULTS: Record<string, Fault> = {
  ...Object.fromEntries(
    PASSING_CODES.map((code) => [
      `writes are refused with ${code}`,
      { of: 'writes', error: () => new Refusal(code, 'The store does not take it') } as const,
    ]),
  ),
  'MongoDB is away': {
    of: 'everything',
    error: () => new Refusal('storage_unavailable', 'The database does not answer'),
  },
  'the driver of MongoDB is heard as it is': {
    of: 'everything',
    error: () => driverError('MongoServerSelectionError'),
  },
  'SQLite is heard as it is, about a full disk': {
    of: 'writes',
    error: () => driverError('SqliteError', 'SQLITE_FULL'),
  },
}

const READS = ['find', 'findByUid']
const WRITES = [
  'upsert',
  'insertOnce',
  'consume',
  'take',
  'increment',
  'remove',
  'revokeByGrant',
  'revokeByAccount',
]
const KEY_METHODS = ['load', 'secret', 'ensureSecret', 'add', 'doom', 'destroy', 'removeSecret']

let fault: Fault | null = null
let service: TestApp
let routes: ListedRoute[]
let cookies: BrowserHeaders
let basic: string
let bearer: string

/** Makes methods of an object fail while the fault is on. */
function breakable(object: object, methods: readonly string[], kind: 'read' | 'write'): void {
  for (const name of methods) {
    const method = Reflect.get(object, name) as (...args: unknown[]) => unknown
    Reflect.set(object, name, (...args: unknown[]) =>
      fault && (kind === 'write' || fault.of === 'everything')
        ? Promise.reject(fault.error())
        : method.apply(object, args),
    )
  }
}

beforeAll(async () => {
  service = await createTestApp()
  const { documents, keys, commands } = service.storage
  breakable(documents, WRITES, 'write')
  breakable(documents, READS, 'read')
  breakable(keys, KEY_METHODS, 'read')
  breakable(commands, ['submit'], 'write')
  const userid = await service.register({ username: 'root', groups: ['admin'], email: 'root@example.org' })
  cookies = await cookieOf(service, userid)
  const made = await service.app.inject({
    method: 'POST',
    url: '/api/admin/clients',
    headers: { ...cookies, 'content-type': 'application/json' },
    payload: JSON.stringify({
      client_id: 'app',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'client_credentials'],
      scope: 'openid admin',
    }),
  })
  expect(made.statusCode, made.body).toBe(201)
  const secret: string = made.json().client_secret
  basic = `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`
  const token = await send({ method: 'POST', path: '/oidc/token' }, { authorization: basic })
  expect(token.statusCode, token.body).toBe(200)
  bearer = token.json().access_token
  routes = routesOf(service.app, '/')
})
afterEach(() => {
  fault = null
})
afterAll(() => service.close())

/** Fields enough for whatever form or document a route takes. */
const FIELDS: Record<string, unknown> = {
  username: 'root',
  password: 'not the password at all',
  email: 'root@example.org',
  code: '123456',
  grant_type: 'client_credentials',
  scope: 'admin',
  token: 'x'.repeat(43),
}
const QUERY = new URLSearchParams({
  client_id: 'app',
  response_type: 'code',
  scope: 'openid',
  redirect_uri: CALLBACK,
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}).toString()

const PLACES: Record<string, string> = {
  userid: 'babab-babab',
  credential_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  session_id: '01900000-0000-7000-8000-00000000dead',
  id: '01900000-0000-7000-8000-00000000beef',
  client_id: 'nobody',
  uid: 'an-interaction-of-nobody',
  token: 'x'.repeat(43),
  name: 'style.css',
}
const addressFor = (path: string) =>
  addressOf(
    path.replace('*', 'style.css'),
    new Proxy(PLACES, { get: (all, name: string) => all[name] ?? 'x' }),
  )

function send(
  { method, path }: ListedRoute,
  headers: Record<string, string>,
  json = path.startsWith('/api/'),
): Promise<LightMyRequestResponse> {
  const url = addressFor(path)
  const body = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? null : FIELDS
  const payload = body && (json ? JSON.stringify(body) : new URLSearchParams(body as never).toString())
  return service.app.inject({
    method: method as 'GET',
    url: path.endsWith('/authorize') ? `${url}?${QUERY}` : url,
    headers: {
      ...headers,
      ...(payload ? { 'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded' } : {}),
    },
    ...(payload ? { payload } : {}),
  })
}

const callers = (): Record<string, Record<string, string>> => ({
  nobody: { origin: ORIGIN },
  'an administrator by cookie': cookies,
  'an application by its secret': { authorization: basic },
  'a program by token': { authorization: `Bearer ${bearer}` },
})

describe.each(Object.entries(FAULTS))('while %s', (_name, given) => {
  it('every endpoint answers without, or with 503 and Retry-After', async () => {
    const unavailable: string[] = []
    const wrong: string[] = []
    for (const route of routes) {
      if (route.path.endsWith('/stream')) continue
      for (const [caller, headers] of Object.entries(callers())) {
        for (const json of [false, true]) {
          fault = given
          const { statusCode, headers: answered } = await send(route, headers, json)
          fault = null
          const line = `${statusCode} ${route.method} ${route.path} for ${caller}`
          if (statusCode === 503 && answered['retry-after'] !== undefined) unavailable.push(route.path)
          else if (statusCode >= 500) wrong.push(line)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(new Set(unavailable)).toContain('/login')
    expect(new Set(unavailable)).toContain('/oidc/token')
    expect(new Set(unavailable)).toContain('/oidc/authorize')
    expect(new Set(unavailable).size).toBeGreaterThan(8)
  })
})

it('what passes is answered with 503 at the API, and all else is not', async () => {
  const { REFUSAL_TABLE } = await import('../../src/http/refusal-table.ts')
  const passing = Object.entries(REFUSAL_TABLE).filter(([, { status }]) => status >= 500)
  expect(passing.map(([code]) => code).sort()).toEqual([...PASSING_CODES].sort())
})
