import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminRoutes } from '../../../src/http/admin/api.ts'
import { streamQuery } from '../../../src/http/stream/filter.ts'
import { BAD_TEXTS, BAD_VALUES, fieldsOf, holding, NO_SENTENCE } from '../../support/bad-fields.ts'
import { type AdminApp, createAdminApp } from './admin-app.ts'
import { addressOf } from './route-table.ts'

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
afterAll(() => service.close())

/** Checks the detail of a refusal: nothing but sentences, each about a field or about the whole. */
function expectSentences(body: string, where: string): string {
  const { code, detail } = JSON.parse(body) as { code: string; detail: string }
  expect(code, where).toBe('invalid_input')
  expect(detail, where).not.toMatch(NO_SENTENCE)
  for (const sentence of detail.split('; '))
    expect(sentence, where).toMatch(/^(the (body|query|path)|[\w.[\]]+) (must|is) |^the \+ of an offset /)
  return detail
}

describe('what is wrong with a field of a request is said in a sentence that names it', () => {
  it('in the body of every route', async () => {
    for (const route of adminRoutes(service.deps)) {
      for (const { path } of route.input.body ? fieldsOf(route.input.body) : []) {
        let isNamed = false
        for (const [what, value] of BAD_VALUES) {
          const body = JSON.stringify(holding(path, value)) ?? '{}'
          const response = await service.call(route.method, addressOf(route.path), body)
          if (response.statusCode !== 400) continue
          const where = `${route.name}: ${path.join('.')} is ${what}`
          isNamed ||= expectSentences(response.body, where).includes(path.join('.'))
        }
        expect(isNamed, `${route.name} names ${path.join('.')}`).toBe(true)
      }
    }
  })

  it('in the query of every route', async () => {
    const stream = { name: 'streamEvents', method: 'GET', path: '/events/stream', query: streamQuery }
    const routes = adminRoutes(service.deps).map((route) => ({ ...route, query: route.input.querystring }))
    for (const { name, path, query } of [...routes.filter(({ method }) => method === 'GET'), stream]) {
      for (const { path: field } of fieldsOf(query)) {
        const parameter = field.join('.')
        let isNamed = false
        for (const [what, value] of BAD_TEXTS) {
          const address = `${addressOf(path)}?${new URLSearchParams({ [parameter]: value })}`
          const response = await service.call('GET', address)
          if (response.statusCode !== 400) continue
          isNamed ||= expectSentences(response.body, `${name}: ${parameter} is ${what}`).includes(parameter)
        }
        expect(isNamed, `${name} names ${parameter}`).toBe(true)
      }
    }
  })

  it('in the path of every route', async () => {
    for (const { method, path, input } of adminRoutes(service.deps)) {
      for (const { path: field } of fieldsOf(input.params)) {
        const name = String(field[0])
        const address = addressOf(path).replace(/babab-babab|nobody|[^/]*-dead|[^/]*-beef/, '%20%00')
        const response = await service.call(method, address)
        if (response.statusCode === 400) expect(response.json().detail).not.toMatch(NO_SENTENCE)
        else expect([404, 400], `${name} of ${path}`).toContain(response.statusCode)
      }
    }
  })

  it.each([
    ['POST', '/users', { username: 'a b' }, 'username must not contain spaces or control characters'],
    ['POST', '/users', {}, 'username is missing'],
    ['POST', '/users', { username: '' }, 'username must not be empty'],
    ['POST', '/users', { username: 7 }, 'username must be text'],
    [
      'POST',
      '/users',
      { username: 'a', groups: ['ok', 'a\u202eb'] },
      'groups[1] must have no control or invisible characters, and no spaces but single ones between words',
    ],
    [
      'POST',
      '/users',
      { username: 'a', email: 'x' },
      'email must be an address with an @, like ada@example.org',
    ],
    ['POST', '/users', { username: 'a', surprise: 1 }, 'the body must not have the field surprise'],
    ['POST', '/users', [], 'the body must be an object with named fields'],
    ['POST', '/users', { username: 'x'.repeat(129) }, 'username must have at most 128 characters'],
    [
      'PATCH',
      '/users/babab-babab',
      { locale: '?', picture: '?' },
      'picture must be a web address like https://example.org/; locale must be a language tag like de-CH',
    ],
    ['GET', '/users?limit=0', undefined, 'limit must be at least 1'],
    ['GET', '/users?limit=x', undefined, 'limit must be a number'],
    ['GET', '/users/NOBODY', undefined, 'userid must be a user id like lusab-babad'],
    ['GET', '/events?order=up', undefined, 'order must be one of asc, desc'],
    [
      'GET',
      '/events?from=now',
      undefined,
      'from must be a date like 2030-01-31 or a time like 2030-01-31T12:00:00Z',
    ],
  ] as const)('%s %s %j: %s', async (method, path, body, detail) => {
    expect((await service.call(method, path, body)).json().detail).toBe(detail)
  })
})
