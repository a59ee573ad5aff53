import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminRoutes } from '../../../src/http/admin/api.ts'
import type { AppDeps } from '../../../src/service/app-deps.ts'
import { type AdminApp, createAdminApp, machineToken, personToken, signedIn } from './admin-app.ts'
import { cookieOf } from './cookie-session.ts'
import { addressOf, type ListedRoute, routesOf } from './route-table.ts'

const CALLERS = [
  'anonymous',
  'a user by cookie',
  'a user by token',
  'an administrator by a token without the scope',
  'an administrator by the cookie of an ended session',
  'an administrator by a token that is dead',
  'an administrator by cookie',
  'an administrator by token',
  'a machine without the scope',
  'a machine with the scope',
] as const
type Caller = (typeof CALLERS)[number]

/** The status that each caller gets; `null` for one who may pass. */
const REFUSED: Record<Caller, 401 | 403 | null> = {
  anonymous: 401,
  'a user by cookie': 403,
  'a user by token': 403,
  'an administrator by a token without the scope': 403,
  'an administrator by the cookie of an ended session': 401,
  'an administrator by a token that is dead': 401,
  'an administrator by cookie': null,
  'an administrator by token': null,
  'a machine without the scope': 403,
  'a machine with the scope': null,
}

let service: AdminApp
let routes: ListedRoute[]
let headers: Record<Caller, Record<string, string>>

beforeAll(async () => {
  service = await createAdminApp()
  const { adminId, deps, tokens } = service
  const user = await service.register({ username: 'ada' })
  const ended = await cookieOf(service, adminId)
  const [session] = deps.views.sessions.ofUser(adminId)
  await service.does('end-session', { session_id: session!.session_id, reason: 'user' })
  tokens.set('user', () => personToken(deps, user))
  tokens.set('unscoped', () => personToken(deps, adminId, ['openid']))
  tokens.set('unscoped-machine', () => machineToken(['openid']))
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  headers = {
    anonymous: {},
    'a user by cookie': await cookieOf(service, user),
    'a user by token': bearer('user'),
    'an administrator by a token without the scope': bearer('unscoped'),
    'an administrator by the cookie of an ended session': ended,
    'an administrator by a token that is dead': bearer('dead'),
    'an administrator by cookie': await cookieOf(service, adminId),
    'an administrator by token': bearer('admin'),
    'a machine without the scope': bearer('unscoped-machine'),
    'a machine with the scope': bearer('machine'),
  }
  await signedIn(service, user)
  routes = [...routesOf(service.app, '/api/admin'), ...routesOf(service.app, '/metrics')]
})
afterAll(() => service.close())

const send = (route: ListedRoute, extra: Record<string, string>, payload?: string) =>
  service.app.inject({
    method: route.method as 'GET',
    url: addressOf(route.path),
    headers: { ...extra, ...(payload === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(payload === undefined ? {} : { payload }),
  })

describe('the routes', () => {
  it('are those of the table and the live stream, and all are described', async () => {
    const table = adminRoutes(service.deps as AppDeps).map(
      ({ method, path }) => `${method} /api/admin${path}`,
    )
    const listed = routesOf(service.app, '/api/admin').filter(({ method }) => method !== 'HEAD')
    const expected = [...table, 'GET /api/admin/events/stream'].sort()
    expect(listed.map(({ method, path }) => `${method} ${path}`).sort()).toStrictEqual(expected)

    const { paths } = (await service.app.inject('/openapi.json')).json()
    const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, ':$1')}`),
    )
    expect(described.sort()).toStrictEqual(expected)
  })
})

describe.each(CALLERS)('A2 %s', (caller) => {
  const status = REFUSED[caller]

  it(
    status === null ? 'gets to every route' : `gets ${status} from every route, and nothing happens`,
    async () => {
      await service.newEvents()
      expect(routes.length).toBeGreaterThan(30)
      const statuses: Record<string, number> = {}
      for (const route of routes) {
        const response = await send(route, headers[caller])
        statuses[`${route.method} ${route.path}`] = response.statusCode
        if (status === null) continue
        const { 'www-authenticate': challenge, 'content-type': type } = response.headers
        expect(challenge, `${route.method} ${route.path}`).toMatch(/^Bearer realm=/)
        expect(type).toMatch(/^application\/problem\+json/)
        if (route.method !== 'HEAD') {
          expect(response.json()).toMatchObject({
            status,
            code: status === 401 ? 'unauthenticated' : 'forbidden',
          })
        }
      }
      const seen = [...new Set(Object.values(statuses))]
      if (status !== null) expect(seen, JSON.stringify(statuses)).toStrictEqual([status])
      else expect(seen.filter((code) => code === 401 || code === 403 || code >= 500)).toStrictEqual([])
      expect(await service.newTypes()).toStrictEqual([])
    },
  )
})

describe('the order of checks', () => {
  it('tells who may not pass nothing about the body', async () => {
    for (const route of routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))) {
      const response = await send(route, headers.anonymous, '{"broken')
      expect(response.statusCode, `${route.method} ${route.path}`).toBe(401)
    }
  })

  it('accepts no cookie in place of a dead token', async () => {
    const both = { ...headers['an administrator by cookie'], authorization: 'Bearer dead' }
    expect((await send({ method: 'GET', path: '/api/admin/users' }, both)).statusCode).toBe(401)
  })

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['no form token', { 'x-csrf-token': '' }],
  ])('S8 refuses what a browser was made to send with %s', async (_what, changed) => {
    const extra = { ...headers['an administrator by cookie'], ...changed }
    const body = JSON.stringify({ username: 'forged' })
    const response = await send({ method: 'POST', path: '/api/admin/users' }, extra, body)
    expect(response.statusCode).toBe(403)
    expect(response.json()).toMatchObject({ code: 'forged_request' })
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('challenges as RFC 6750 has it', async () => {
    const challenge = async (caller: Caller) =>
      (await send({ method: 'GET', path: '/api/admin/users' }, headers[caller])).headers['www-authenticate']
    expect(await challenge('anonymous')).toBe('Bearer realm="countersign"')
    expect(await challenge('an administrator by a token that is dead')).toBe(
      'Bearer realm="countersign", error="invalid_token"',
    )
    expect(await challenge('a machine without the scope')).toBe(
      'Bearer realm="countersign", error="insufficient_scope", scope="admin"',
    )
  })
})
