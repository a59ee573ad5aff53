import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { OTHER_PASSWORD, PASSWORD, signIn } from '../../support/people.ts'
import { addressOf, routesOf } from '../admin/route-table.ts'

/** Ways to write a header that claims another principal than the cookie does. */
const HEADERS: readonly string[] = [
  'Bearer x',
  'bearer x',
  'BEARER x',
  'Bearer',
  'Bearer ',
  'Bearer  two-spaces',
  'Bearer\tx',
  'Bearer a b',
  'Bearer, Basic eDp4',
  'Bearer "x"',
  'Basic eDp4',
  'basic eDp4',
  'DPoP x',
  'Token x',
  'Negotiate x',
  ' Bearer x',
  'x',
]

const PARAMETERS = { uid: 'u', token: 't', id: 'i' }
const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

let service: TestApp
let cookie: string
let routes: { method: string; path: string }[]
beforeAll(async () => {
  service = await createTestApp()
  await service.register({ username: 'ada', password: PASSWORD, groups: ['admin'] })
  const browser = service.browser()
  await signIn(browser, 'ada')
  cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  routes = routesOf(service.app, '/').filter(
    ({ method, path }) => UNSAFE.has(method) && !path.startsWith('/oidc/') && !path.startsWith('/api/admin'),
  )
  await service.newEvents()
})
afterAll(() => service.close())

const forge = (method: string, url: string, authorization: string, type: string, payload: string) =>
  service.app.inject({
    method: method as 'POST',
    url,
    headers: { cookie, authorization, origin: 'https://evil.example', 'content-type': type },
    payload,
  })

describe('S8 a request that another site made a browser send', () => {
  it.each(HEADERS.map((header) => [JSON.stringify(header), header] as const))(
    'is refused by every page with the header %s, and nothing happens',
    async (_text, header) => {
      expect(routes.length).toBeGreaterThan(20)
      const form = new URLSearchParams({ password: OTHER_PASSWORD, username: 'ada' }).toString()
      for (const { method, path } of routes) {
        const url = addressOf(path, PARAMETERS)
        const asForm = await forge(method, url, header, 'application/x-www-form-urlencoded', form)
        expect(asForm.statusCode, `${method} ${path}`).toBe(403)
        const asJson = await forge(method, url, header, 'application/json', '{}')
        expect(asJson.json(), `${method} ${path}`).toMatchObject({ status: 403, code: 'forged_request' })
      }
      expect(await service.newTypes()).toEqual([])
    },
  )

  it.each(HEADERS.map((header) => [JSON.stringify(header), header] as const))(
    'changes nothing at the admin API with the header %s: a request with a token uses no cookie',
    async (_text, header) => {
      const answer = await forge(
        'POST',
        '/api/admin/users',
        header,
        'application/json',
        JSON.stringify({ username: 'forged' }),
      )
      expect([401, 403]).toContain(answer.statusCode)
      expect(await service.newTypes()).toEqual([])
    },
  )
})

describe('O12 a page of another site', () => {
  it.each(['https://evil.example', 'null', 'http://localhost:8081'])(
    'gets no allowance from any route before it calls: %s',
    async (origin) => {
      const all = [...new Set(routesOf(service.app, '/').map(({ path }) => path))]
      expect(all.length).toBeGreaterThan(50)
      for (const path of all) {
        const answer = await service.app.inject({
          method: 'OPTIONS',
          url: path.replace(/:[a-z_]+/g, 'x'),
          headers: {
            origin,
            cookie,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        })
        const allowances = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))
        expect(allowances, path).toEqual([])
        expect(answer.statusCode, path).toBeLessThan(500)
      }
    },
  )
})
