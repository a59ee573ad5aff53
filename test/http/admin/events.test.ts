import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../../src/log/verify.ts'
import type { AuditEvent } from '../../../src/projections/audit/present.ts'
import { type AdminApp, createAdminApp } from './admin-app.ts'

let service: AdminApp
let ada: string
let bob: string
let between: string
beforeAll(async () => {
  service = await createAdminApp()
  ada = await service.register({ username: 'ada' })
  bob = await service.register({ username: 'bob' })
  service.advance(1000)
  between = new Date(service.deps.clock()).toISOString()
  service.advance(1000)
  await service.call('PATCH', `/users/${ada}`, { nickname: 'A' })
  await service.call('PATCH', `/users/${bob}`, { nickname: 'B' })
  await service.call('PATCH', `/users/${ada}`, { groups: ['x'] }, { authorization: 'Bearer machine' })
  await service.call('POST', '/clients', { client_id: 'web', redirect_uris: ['https://app.example/cb'] })
})
afterAll(() => service.close())

const trail = async (query = ''): Promise<AuditEvent[]> =>
  (await service.call('GET', `/events?${query}`)).json().items
const typesOf = async (query: string) => (await trail(query)).map(({ type }) => type)

describe('the audit trail', () => {
  it('shows events as the contract says', async () => {
    const [event] = await trail(`type=UserProfileChanged&subject=${ada}`)
    const head = (await service.call('GET', '/audit/head')).json()
    expect(event).toStrictEqual({
      sequence: expect.any(Number),
      position: expect.any(Number),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      stream: `user-${ada}`,
      version: 2,
      type: 'UserProfileChanged',
      schema_version: 2,
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'user', id: service.adminId },
      subject: ada,
      client: 'console',
      correlation: expect.any(String),
      causation: null,
      command: expect.any(String),
      data: { userid: ada, changes: { nickname: { before: null, after: 'A' } } },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const [last] = await trail('order=desc&limit=1')
    expect(last).toMatchObject({ sequence: head.sequence, position: head.position, hash: head.hash })
  })

  it('has every event once, in order, whatever the size of a page', async () => {
    const all = await trail('limit=1000')
    expect(all.map(({ sequence }) => sequence)).toStrictEqual(all.map((_, index) => index + 1))
    for (const order of ['asc', 'desc']) {
      for (const parameter of ['cursor', 'after']) {
        const seen: AuditEvent[] = []
        let next = ''
        do {
          const page = (await service.call('GET', `/events?limit=2&order=${order}${next}`)).json()
          seen.push(...page.items)
          next = page.next_cursor === null ? '' : `&${parameter}=${page.next_cursor}`
        } while (next !== '')
        expect(seen).toStrictEqual(order === 'asc' ? all : all.toReversed())
      }
    }
  })

  it('is filtered by type, subject, actor, client and time', async () => {
    expect(await typesOf('type=UserGroupsChanged')).toStrictEqual(['UserGroupsChanged'])
    const two = ['UserGroupsChanged', 'ClientRegistered']
    expect(await typesOf('type=UserGroupsChanged,ClientRegistered')).toStrictEqual(two)
    expect(await typesOf('type=UserGroupsChanged&type=ClientRegistered')).toStrictEqual(two)
    const ofAda = ['UserRegistered', 'UserProfileChanged', 'UserGroupsChanged']
    expect(await typesOf(`subject=${ada}`)).toStrictEqual(ofAda)
    const viaUser = await service.call('GET', `/users/${ada}/events`)
    expect(viaUser.json().items).toStrictEqual(await trail(`subject=${ada}`))
    expect(await typesOf('actor=machine')).toStrictEqual(['UserGroupsChanged'])
    expect(await typesOf(`actor=${service.adminId}&subject=${ada}`)).toStrictEqual(['UserProfileChanged'])
    expect(await typesOf('client=machine')).toStrictEqual(['UserGroupsChanged'])
    expect(await typesOf(`to=${between}&subject=${ada}`)).toStrictEqual(['UserRegistered'])
    expect(await typesOf(`from=${between}&subject=${ada}`)).toStrictEqual(ofAda.slice(1))
    const elsewhere = encodeURIComponent(between.replace('Z', '+00:00'))
    expect(await typesOf(`from=${elsewhere}&subject=${ada}`)).toStrictEqual(ofAda.slice(1))
    expect(await typesOf('type=NoSuchEvent')).toStrictEqual([])
  })

  it.each([
    "subject=' OR 1=1 --",
    'actor=") UNION SELECT payload FROM events --',
    "type=x'); DELETE FROM events; --",
    'client=%00',
  ])('A8 takes ?%s as data', async (query) => {
    const [name = '', value = ''] = query.split(/=(.*)/s)
    const before = service.storage.log.head().sequence
    const response = await service.call('GET', `/events?${name}=${encodeURIComponent(value)}`)
    expect([response.statusCode, response.json()]).toStrictEqual([200, { items: [], next_cursor: null }])
    expect(service.storage.log.head().sequence).toBe(before)
  })

  it.each([
    'after=-1',
    'after=1.5',
    'after=1;',
    'after=9007199254740993',
    'after=1&cursor=1',
    'order=random',
    'from=yesterday',
    'type=',
    `type=${'a,'.repeat(65)}a`,
    `subject=${'x'.repeat(257)}`,
    'surprise=1',
  ])('A8 refuses ?%s', async (query) => {
    const response = await service.call('GET', `/events?${query}`)
    expect([response.statusCode, response.json().code]).toStrictEqual([400, 'invalid_input'])
  })

  it('A7 carries what people call themselves as data that no browser runs', async () => {
    const nickname = '<img src=x onerror=alert(1)>'
    await service.call('PATCH', `/users/${bob}`, { nickname })
    const response = await service.call('GET', `/events?subject=${bob}&order=desc&limit=1`)
    expect(response.json().items[0].data.changes.nickname.after).toBe(nickname)
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    })
    const control = await service.call('PATCH', `/users/${bob}`, { nickname: '\u001b[2Jcleared' })
    expect(control.statusCode).toBe(400)
  })
})

describe('the end of the log', () => {
  it('comes with the hash that the chain has there', async () => {
    const head = (await service.call('GET', '/audit/head')).json()
    const walked = verifyChain(service.storage.log)
    expect(walked).toStrictEqual({ ...head, hash: Buffer.from(head.hash, 'hex') })
  })

  it('is signed, and the signature covers all of it', async () => {
    const { signature, ...statement } = (await service.call('GET', '/audit/checkpoint')).json()
    const key = createPublicKey({
      key: Buffer.from(statement.public_key, 'base64'),
      format: 'der',
      type: 'spki',
    })
    const isSigned = (text: object) =>
      verify(null, Buffer.from(JSON.stringify(text)), key, Buffer.from(signature, 'base64'))
    expect(isSigned(statement)).toBe(true)
    expect(isSigned({ ...statement, sequence: statement.sequence + 1 })).toBe(false)
    expect(statement).toMatchObject((await service.call('GET', '/audit/head')).json())
  })
})
