import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from './admin-app.ts'
import { addressOf, type ListedRoute, routesOf } from './route-table.ts'

let service: AdminApp
let routes: ListedRoute[]
beforeAll(async () => {
  service = await createAdminApp()
  routes = routesOf(service.app, PREFIX)
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, path }) => ({ method, path: path.slice(PREFIX.length) }))
})
beforeEach(() => service.newEvents())
afterAll(() => service.close())

const PREFIX = '/api/admin'
const JSON_TYPE = { 'content-type': 'application/json' }
const deep = (open: string, close: string) => `${open.repeat(10_000)}${close.repeat(10_000)}`

/** Bodies that no route takes, with the status that says so. */
const BODIES: [what: string, body: string, headers: Record<string, string>, status: number][] = [
  ['broken JSON', '{"username":', JSON_TYPE, 400],
  ['nothing at all', '', JSON_TYPE, 400],
  ['a bare value', '42', JSON_TYPE, 400],
  ['a list', '[]', JSON_TYPE, 400],
  ['10,000 nested lists', deep('[', ']'), JSON_TYPE, 400],
  ['10,000 nested objects', `{"username":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_001)}`, JSON_TYPE, 400],
  ['a prototype', '{"__proto__":{"admin":true}}', JSON_TYPE, 400],
  ['a constructor', '{"constructor":{"prototype":{"admin":true}}}', JSON_TYPE, 400],
  ['a megabyte', JSON.stringify({ username: 'x'.repeat(1 << 20) }), JSON_TYPE, 413],
  ['a form', 'username=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['plain text', '{"username":"x"}', { 'content-type': 'text/plain' }, 415],
  ['XML', '<username/>', { 'content-type': 'application/xml' }, 415],
  ['an unknown encoding', '{}', { 'content-type': 'application/json; charset=utf-7' }, 415],
  ['parts', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
]

describe('bad input', () => {
  it.each(BODIES)(
    'O15 %s is a problem document on every route that takes a body',
    async (what, body, headers, status) => {
      const taking = routes.filter(({ method }) => method !== 'GET')
      expect(taking.length).toBe(11)
      for (const { method, path } of taking) {
        const response = await service.call(method as 'POST', addressOf(path), body, headers)
        const where = `${method} ${path}: ${response.body}`
        if (what === 'an unknown encoding')
          expect([status, 400, 404, 204], where).toContain(response.statusCode)
        else expect(response.statusCode, where).toBe(status)
        if (response.statusCode < 400) continue
        expect(response.headers['content-type'], where).toBe('application/problem+json; charset=utf-8')
        expect(response.json(), where).toMatchObject({
          status: response.statusCode,
          request_id: expect.any(String),
        })
        expect(response.body, where).not.toMatch(/node_modules|\.ts:|at [A-Z]\w+ \(/)
      }
      expect(await service.newTypes()).toStrictEqual([])
    },
  )

  it('A3 an unknown parameter is refused by every route', async () => {
    for (const { method, path } of routes) {
      const response = await service.call(method as 'GET', `${addressOf(path)}?surprise=1`)
      expect([response.statusCode, response.json().code], path).toStrictEqual([400, 'invalid_input'])
    }
  })

  it('a parameter of a path that cannot be one is refused or not found', async () => {
    const values = ['%00', "' OR 1=1 --", 'x'.repeat(101), '💥', '%', '-', '<img>']
    for (const { method, path } of routes.filter((route) => route.path.includes(':'))) {
      for (const value of values) {
        const address = path.replace(/:[a-z_]+/g, encodeURIComponent(value))
        const response = await service.call(method as 'GET', address)
        expect([400, 404, 414], `${method} ${address}`).toContain(response.statusCode)
      }
    }
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('an address that cannot be decoded is a problem document', async () => {
    for (const address of ['/users/%', '/users/%ff', '/users/%E0%A4%A']) {
      const response = await service.call('GET', address)
      expect(response.statusCode).toBe(400)
      expect(response.json()).toMatchObject({ status: 400 })
    }
  })

  it('ten thousand parameters are refused at once', async () => {
    const query = Array.from({ length: 10_000 }, (_, n) => `type=t${n}`).join('&')
    const began = performance.now()
    const response = await service.call('GET', `/events?${query}`)
    expect([400, 414, 431]).toContain(response.statusCode)
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('what is not there is a problem document too', async () => {
    const response = await service.call('GET', '/nothing')
    expect([response.statusCode, response.json().code]).toStrictEqual([404, 'not_found'])
  })
})
