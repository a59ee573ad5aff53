import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let service: AdminApp
beforeAll(async () => {
  service = await createAdminApp()
})
beforeEach(() => service.newEvents())
afterAll(() => service.close())

const pick = (response: { json(): { items: { username: string }[] } }) =>
  response.json().items.map(({ username }) => username)

describe('users', () => {
  it('are registered with what is given, and answered whole', async () => {
    const given = { username: 'ada', email: 'ada@example.org', groups: ['staff', 'dev'], given_name: 'Ada' }
    const response = await service.call('POST', '/users', given)
    expect(response.statusCode).toBe(201)
    const user = response.json()
    expect(user).toStrictEqual({
      userid: expect.stringMatching(/^[a-z]{5}-[a-z]{5}$/),
      username: 'ada',
      preferred_username: null,
      given_name: 'Ada',
      family_name: null,
      nickname: null,
      email: 'ada@example.org',
      email_verified: false,
      phone_number: null,
      phone_number_verified: false,
      picture: null,
      locale: null,
      groups: ['dev', 'staff'],
      active: true,
      created_at: expect.any(String),
      updated_at: user.created_at,
    })
    const [event, ...others] = await service.newEvents()
    expect(others).toStrictEqual([])
    expect(event).toMatchObject({
      type: 'UserRegistered',
      subject: user.userid,
      actor_kind: 'user',
      actor_id: service.adminId,
      client: 'console',
      request: expect.any(String),
    })
    expect((await service.call('GET', `/users/${user.userid}`)).json()).toStrictEqual(user)
  })

  it('are refused a name that is taken, in any spelling', async () => {
    await service.register({ username: 'taken' })
    await service.newEvents()
    const response = await service.call('POST', '/users', { username: 'TAKEN' })
    expect(response.statusCode).toBe(409)
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.json()).toStrictEqual({
      type: 'about:blank',
      title: 'Already exists',
      status: 409,
      detail: 'This username is already taken',
      code: 'already_exists',
      key: 'username',
      request_id: expect.any(String),
    })
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('are changed in the named fields only, with what they were', async () => {
    const userid = await service.register({ username: 'grace', email: 'grace@example.org' })
    await service.newEvents()
    const response = await service.call('PATCH', `/users/${userid}`, { nickname: 'Amazing', locale: null })
    expect(response.json()).toMatchObject({
      username: 'grace',
      email: 'grace@example.org',
      nickname: 'Amazing',
    })
    const events = await service.newEvents()
    expect(events.map(({ type, data }) => ({ type, data }))).toStrictEqual([
      {
        type: 'UserProfileChanged',
        data: { userid, changes: { nickname: { before: null, after: 'Amazing' } } },
      },
    ])
    expect((await service.call('PATCH', `/users/${userid}`, { nickname: 'Amazing' })).statusCode).toBe(200)
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('cannot be left without an administrator', async () => {
    for (const [method, body] of [
      ['PATCH', { active: false }],
      ['PATCH', { groups: [] }],
      ['DELETE', undefined],
    ] as const) {
      const response = await service.call(method, `/users/${service.adminId}`, body)
      expect([response.statusCode, response.json().code]).toStrictEqual([409, 'last_administrator'])
    }
    expect(await service.newTypes()).toStrictEqual([])
  })

  it('are erased for good', async () => {
    const userid = await service.register({ username: 'gone', email: 'gone@example.org' })
    await service.newEvents()
    const response = await service.call('DELETE', `/users/${userid}`)
    expect([response.statusCode, response.body]).toStrictEqual([204, ''])
    expect(await service.newTypes()).toStrictEqual(['UserErased'])
    for (const path of ['', '?at=1', '/credentials', '/sessions']) {
      expect((await service.call('GET', `/users/${userid}${path}`)).statusCode, path).toBe(404)
    }
    const trail = (await service.call('GET', `/users/${userid}/events`)).json().items
    expect(trail.map(({ type, data }: { type: string; data: unknown }) => ({ type, data }))).toStrictEqual([
      { type: 'UserRegistered', data: { erased: true } },
      { type: 'UserErased', data: { userid, link_ids: [] } },
    ])
  })
})

describe('the list of users', () => {
  it('goes on after each page until there is no more, each user once', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `page-${String(n).padStart(2, '0')}`)
    for (const username of names) await service.register({ username })
    const seen: string[] = []
    let cursor = ''
    do {
      const response = await service.call('GET', `/users?query=PAGE-&limit=10${cursor}`)
      expect(response.statusCode).toBe(200)
      seen.push(...pick(response))
      const { next_cursor } = response.json()
      cursor = next_cursor === null ? '' : `&cursor=${encodeURIComponent(next_cursor)}`
    } while (cursor !== '')
    expect(seen).toStrictEqual(names)
  })

  it('finds people by the beginning of their name or of their address, each once, in the order of names', async () => {
    await service.register({ username: 'quill-a', email: 'other-a@example.org' })
    await service.register({ username: 'zoe', email: 'Quill@example.org' })
    await service.register({ username: 'quill-b', email: 'quill-b@example.org' })
    await service.register({ username: 'bert', email: 'quill.bert@example.org' })
    await service.register({ username: 'not-quill', email: 'not-quill@example.org' })
    const seen: string[] = []
    let cursor = ''
    for (let page = 0; page < 4; page += 1) {
      const response = await service.call('GET', `/users?query=quill&limit=1${cursor}`)
      seen.push(...pick(response))
      cursor = `&cursor=${encodeURIComponent(response.json().next_cursor)}`
    }
    expect(seen).toStrictEqual(['bert', 'quill-a', 'quill-b', 'zoe'])
    const response = await service.call('GET', '/users?query=quill&limit=10')
    expect([pick(response), response.json().next_cursor]).toStrictEqual([seen, null])
  })

  it.each([
    "x' OR '1'='1",
    'x"; DROP TABLE users; --',
    '%',
    '_',
    '\u0000',
    '../../etc/passwd',
    '<img src=x onerror=alert(1)>',
  ])('A8 takes %j as the beginning of a name and nothing else', async (query) => {
    const response = await service.call('GET', `/users?query=${encodeURIComponent(query)}`)
    expect([response.statusCode, response.json()]).toStrictEqual([200, { items: [], next_cursor: null }])
  })

  it.each([
    'cursor=x',
    `cursor=${Buffer.from('["clients","a"]').toString('base64url')}`,
    `cursor=${Buffer.from('["users",{"a":1}]').toString('base64url')}`,
    `cursor=${Buffer.from('null').toString('base64url')}`,
    'limit=0',
    'limit=1001',
    'limit=1e9',
    'limit=1;DROP',
    'limit=1&limit=2',
    `query=${'x'.repeat(129)}`,
    'surprise=1',
  ])('A8 refuses ?%s', async (query) => {
    const response = await service.call('GET', `/users?${query}`)
    expect([response.statusCode, response.json().code]).toStrictEqual([400, 'invalid_input'])
  })
})

describe('a user as it was', () => {
  it('is shown after any event and at any time', async () => {
    const userid = await service.register({ username: 'past-1', groups: ['a'] })
    const first = service.storage.log.head().sequence
    service.advance(1000)
    await service.call('PATCH', `/users/${userid}`, { username: 'past-2', email: 'past@example.org' })
    const second = service.storage.log.head().sequence
    service.advance(1000)
    await service.call('PATCH', `/users/${userid}`, { groups: ['b'], active: false })
    const now = (await service.call('GET', `/users/${userid}`)).json()

    const at = async (moment: string | number) =>
      (await service.call('GET', `/users/${userid}?at=${encodeURIComponent(moment)}`)).json()
    expect(await at(first)).toMatchObject({ username: 'past-1', email: null, groups: ['a'], active: true })
    expect(await at(second)).toMatchObject({ username: 'past-2', email: 'past@example.org', groups: ['a'] })
    expect(await at(service.storage.log.head().sequence)).toStrictEqual(now)
    expect(await at(now.updated_at)).toStrictEqual(now)
    expect(await at(now.updated_at.replace('Z', '+00:00'))).toStrictEqual(now)
    const registered = await at(first)
    expect(await at(registered.created_at)).toStrictEqual(registered)
    expect(await at('2000-01-01T00:00:00Z')).toMatchObject({ status: 404, code: 'not_found' })
    expect(await at(0)).toMatchObject({ status: 404, code: 'not_found' })
    expect(await at(1e9)).toMatchObject({ status: 400, code: 'invalid_input' })
  })

  it.each(['yesterday', '-1', '1.5', '2030-02-30', "1' OR 1=1"])('is not shown at %j', async (moment) => {
    const response = await service.call('GET', `/users/${service.adminId}?at=${encodeURIComponent(moment)}`)
    expect([response.statusCode, response.json().code]).toStrictEqual([400, 'invalid_input'])
  })
})
