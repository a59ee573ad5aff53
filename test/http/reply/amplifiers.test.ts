import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'

/** What needs the most room once it is escaped. */
const LONG = '"&<'.repeat(4_000)
const FORM = 'application/x-www-form-urlencoded'
const LONGEST_ANSWER = 8 * 1024
const LONGEST_LINE = 8 * 1024

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp({ environment: { OIDC_OP_LOG_LEVEL: 'trace' } })
})
afterAll(() => service.close())

const asAdmin = { authorization: 'Bearer admin' }
const encoded = encodeURIComponent(LONG.slice(0, 3_000))

describe('what a stranger sends comes back neither long nor in long lines of the log', () => {
  it.each([
    ['an address', 'GET', `/${'a/'.repeat(7_000)}`, {}, undefined],
    ['an address with escapes', 'GET', `/${encoded}`, { accept: 'text/html' }, undefined],
    ['a malformed address', 'GET', `/login/%ff${'a/'.repeat(5_000)}`, { accept: 'text/html' }, undefined],
    ['a parameter', 'GET', `/api/admin/events?type=${encoded}`, asAdmin, undefined],
    ['the name of a parameter', 'GET', `/api/admin/events?${encoded}=1`, asAdmin, undefined],
    ['a cursor', 'GET', `/api/admin/users?cursor=${encoded}`, asAdmin, undefined],
    ['a field', 'POST', '/api/admin/users', asAdmin, { username: LONG }],
    ['the name of a field', 'POST', '/api/admin/users', asAdmin, { username: 'ada', [LONG]: 1 }],
    ['a broken document', 'POST', '/api/admin/users', asAdmin, `{"${LONG}`],
    ['a user name', 'POST', '/login', { 'content-type': FORM }, `username=${encodeURIComponent(LONG)}`],
    ['a token', 'GET', `/invite/${'a'.repeat(12_000)}`, { accept: 'text/html' }, undefined],
    ['an interaction', 'GET', `/interaction/${'a'.repeat(12_000)}`, { accept: 'text/html' }, undefined],
    ['a client id', 'GET', `/oidc/authorize?client_id=${encoded}`, { accept: 'text/html' }, undefined],
    ['a method', 'DELETE', `/oidc/authorize?x=${encoded}`, {}, undefined],
    ['a content type', 'POST', '/login', { 'content-type': `x/${'y'.repeat(12_000)}` }, 'x'],
  ])('%s', async (_what, method, url, headers, payload) => {
    service.lines.length = 0
    const answer = await service.app.inject({
      method: method as 'GET',
      url,
      headers: { ...(typeof payload === 'object' ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(payload === undefined
        ? {}
        : { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }),
    })
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.body.length).toBeLessThan(LONGEST_ANSWER)
    expect(Math.max(...service.lines.map((line) => line.length))).toBeLessThan(LONGEST_LINE)
  })
})
