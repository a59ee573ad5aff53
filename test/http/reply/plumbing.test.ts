import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'

let service: TestApp
beforeAll(async () => {
  service = await createTestApp()
})
afterAll(() => service.close())

describe('health', () => {
  it('answers', async () => {
    const response = await service.browser().get('/health')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'")
  })
})

describe('an address at which there is nothing', () => {
  it('is a page for people and a problem document for programs', async () => {
    const page = await service.browser().get('/nowhere', { headers: { accept: 'text/html,*/*' } })
    expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(page.body).toContain('There is nothing here')
    const problem = await service.browser().get('/nowhere')
    expect([problem.statusCode, problem.json().code]).toEqual([404, 'not_found'])
  })
})

describe('the assets', () => {
  it.each([
    ['/assets/style.css', 'text/css; charset=utf-8'],
    ['/assets/login.js', 'application/javascript; charset=utf-8'],
    ['/assets/icon.svg', 'image/svg+xml'],
    ['/assets/simplewebauthn/methods/startAuthentication.js', 'application/javascript; charset=utf-8'],
  ])('%s is served, and revalidated each time', async (url, type) => {
    const response = await service.browser().get(url)
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, type])
    expect(response.headers['cache-control']).toBe('no-cache')
    const headers = { 'if-none-match': String(response.headers.etag) }
    expect((await service.browser().get(url, { headers })).statusCode).toBe(304)
  })

  it.each([
    '/assets/',
    '/assets/../page.ts',
    '/assets/..%2fpage.ts',
    '/assets/simplewebauthn/package.json',
    '/assets/simplewebauthn/../../../../package.json',
    '/assets/simplewebauthn/index.d.ts',
  ])('%s is not', async (url) => {
    expect((await service.browser().get(url)).statusCode).toBe(404)
  })
})

describe('what is taken', () => {
  it.each([
    ['a form that is too large', 'application/x-www-form-urlencoded', `x=${'y'.repeat(70_000)}`, 413],
    ['a form of ten thousand fields', 'application/x-www-form-urlencoded', 'a=b&'.repeat(10_000), 400],
    ['JSON that is none', 'application/json', '{"x":', 400],
    ['JSON that is deep', 'application/json', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 403],
    ['XML', 'application/xml', '<x/>', 415],
  ])('%s is refused at once', async (_what, type, payload, status) => {
    const response = await service.app.inject({
      method: 'POST',
      url: '/login',
      headers: { 'content-type': type },
      payload,
    })
    expect(response.statusCode).toBe(status)
    expect(response.body).not.toMatch(/ at .*\.ts/)
  })
})
