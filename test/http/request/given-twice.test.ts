import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminRoutes } from '../../../src/http/admin/api.ts'
import { memberGivenTwice } from '../../../src/http/request/strict-json.ts'
import type { AppDeps } from '../../../src/service/app-deps.ts'
import type { TestBrowser } from '../../support/browser.ts'
import { PASSWORD, signIn } from '../../support/people.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'
import { addressOf, routesOf } from '../admin/route-table.ts'

const PARAMETERS = { uid: 'u', token: 't', id: 'i' }

let service: AdminApp
let browser: TestBrowser
beforeAll(async () => {
  service = await createAdminApp()
  await service.register({ username: 'ada', password: PASSWORD })
  browser = service.browser()
  await signIn(browser, 'ada')
  await browser.get('/account')
  await service.newEvents()
})
afterAll(() => service.close())

const pagesWith = (method: string) =>
  routesOf(service.app, '/').filter(
    (route) =>
      route.method === method &&
      !/^\/(oidc|api|assets|\*|openapi|health|metrics|\.well-known)/.test(route.path),
  )

/** Sends a body as the browser that is signed in would. */
const post = (url: string, type: string, payload: string) =>
  service.app.inject({
    method: 'POST',
    url,
    headers: {
      cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      origin: new URL(service.issuer).origin,
      'x-csrf-token': browser.csrf(),
      'content-type': type,
    },
    payload,
  })

describe('a member of JSON that is given twice', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":2,"a":3}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"x":{"a":1,"a":2}}', 'a'],
    ['[{"a":1},{"a":1,"a":2}]', 'a'],
    ['{"x":[{"y":{"a":[],"a":{}}}]}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ['{"a":{"b":1},"c":{"b":1},"a":0}', 'a'],
    ['{"a":"}","a":"{"}', 'a'],
    ['{"a" :1 ,\n"a" : 2}', 'a'],
    ['{"a":1,"b":{"a":1},"c":["a","a",{"a":1}]}', null],
    ['{"a":"a\\":1,\\"a","b":"{\\"a\\":1,\\"a\\":2}"}', null],
    ['["a","a"]', null],
    ['"a:a"', null],
    ['7', null],
  ])('is found, and nothing else: %s', (text, name) => {
    expect(JSON.parse(text)).toBeDefined()
    expect(memberGivenTwice(text)).toBe(name)
  })

  it('is refused by every route of the admin API that takes a body', async () => {
    const takers = adminRoutes(service.deps as AppDeps).filter(({ method }) => method !== 'GET')
    expect(takers.length).toBeGreaterThan(8)
    for (const { method, path } of takers) {
      const answer = await service.call(method, addressOf(path), '{"username":"x","username":"y"}')
      expect(answer.statusCode, `${method} ${path}`).toBe(400)
      expect(answer.json()).toMatchObject({ code: 'invalid_input', detail: 'username is given twice' })
    }
    expect(await service.newTypes()).toEqual([])
  })

  it('is refused by every page', async () => {
    for (const { path } of pagesWith('POST')) {
      const text = '{"password":"x","password":"y"}'
      const answer = await post(addressOf(path, PARAMETERS), 'application/json', text)
      expect(answer.statusCode, path).toBe(400)
      expect(answer.json(), path).toMatchObject({ detail: 'password is given twice' })
    }
    expect(await service.newTypes()).toEqual([])
  })

  it('is repeated shortened, however long it is', async () => {
    const name = 'n'.repeat(10_000)
    const answer = await service.call('POST', '/users', `{"${name}":1,"${name}":2}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.body.length).toBeLessThan(400)
  })
})

describe('a field that is given twice', () => {
  it.each(['username', 'password', 'csrf', 'return_to', 'decision', 'unknown', '__proto__'])(
    'is refused by every page: %s',
    async (name) => {
      expect(pagesWith('POST').length).toBeGreaterThan(20)
      for (const { path } of pagesWith('POST')) {
        const form = new URLSearchParams([
          ['csrf', browser.csrf()],
          [name, 'x'],
          [name, 'x'],
        ])
        const type = 'application/x-www-form-urlencoded; charset=UTF-8'
        const answer = await post(addressOf(path, PARAMETERS), type, form.toString())
        expect(answer.statusCode, path).toBe(400)
      }
      expect(await service.newTypes()).toEqual([])
    },
  )

  it('is refused in the address of every page', async () => {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    for (const { path } of pagesWith('GET')) {
      const url = `${addressOf(path, PARAMETERS)}?return_to=/account&return_to=/account`
      expect((await service.app.inject({ url, headers: { cookie } })).statusCode, path).toBe(400)
    }
  })

  it.each(
    ['limit=1&limit=2', 'cursor=a&cursor=b', 'query=a&query=a', 'unknown=1&unknown=2'].flatMap((query) =>
      ['/users', '/clients', '/magic-links'].map((path) => `${path}?${query}`),
    ),
  )('is refused in the address of a list: %s', async (path) => {
    expect((await service.call('GET', path)).statusCode).toBe(400)
  })
})
