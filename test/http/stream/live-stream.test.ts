import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Sessions } from '../../../src/http/request/sessions.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { type AdminApp, createAdminApp, machineToken, personToken, signedIn } from '../admin/admin-app.ts'
import { cookieOf } from '../admin/cookie-session.ts'
import { StreamReader } from './stream-reader.ts'

let service: AdminApp
let base: string
let skew = 0
let askedAgain: (() => void) | null = null
const open: StreamReader[] = []

beforeAll(async () => {
  service = await createAdminApp({
    adapt: (deps) => ({ ...deps, clock: () => systemClock() + skew, sessions: watched(deps.sessions) }),
  })
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  base = `${address.replace('http', 'ws')}/api/admin/events/stream`
})
afterEach(() => {
  for (const reader of open.splice(0)) reader.close()
})
afterAll(() => service.close())

function read(query = '', headers?: Record<string, string>): StreamReader {
  const reader = new StreamReader(`${base}${query}`, headers)
  open.push(reader)
  return reader
}

/** Says so when somebody was asked for again. */
function watched(sessions: Sessions): Sessions {
  return {
    ...sessions,
    peek: async (request) => {
      const session = await sessions.peek(request)
      askedAgain?.()
      return session
    },
  }
}

const head = () => service.storage.log.head().sequence
const change = (userid: string, nickname: string) => service.call('PATCH', `/users/${userid}`, { nickname })

describe('the stream', () => {
  it('begins now, and shows each event as the API does', async () => {
    const reader = read()
    await reader.caughtUp()
    expect(reader.frames).toStrictEqual([{ kind: 'caught_up', sequence: head() }])
    await service.call('POST', '/users', { username: 'live' })
    await reader.until(({ frames }) => frames.length === 2)
    const [event] = (await service.call('GET', '/events?order=desc&limit=1')).json().items
    expect(reader.frames[1]).toStrictEqual({ kind: 'event', event })
  })

  it('sends the past after a cursor, says so once, and goes on', async () => {
    const userid = await service.register({ username: 'past' })
    for (let n = 0; n < 5; n += 1) await change(userid, `n${n}`)
    const reader = read(`?after=${head() - 4}`)
    await reader.caughtUp()
    const expected = (await service.call('GET', `/events?after=${head() - 4}`)).json().items
    expect(reader.frames).toStrictEqual([
      ...expected.map((event: unknown) => ({ kind: 'event', event })),
      { kind: 'caught_up', sequence: head() },
    ])
    await change(userid, 'later')
    await reader.until(({ last }) => last === head())
    expect(reader.frames.filter(({ kind }) => kind === 'caught_up')).toHaveLength(1)
  })

  it('sends a long past in order, each event once', async () => {
    const userid = await service.register({ username: 'long' })
    const changes = Array.from({ length: 1500 }, (_, n) =>
      service.does('change-user', { userid, changes: { nickname: `n${n}` } }),
    )
    await Promise.all(changes)
    const reader = read('?after=0')
    await reader.caughtUp()
    expect(reader.sequences).toStrictEqual(Array.from({ length: head() }, (_, n) => n + 1))
  })

  it.each([
    ['type=UserGroupsChanged', (type: string) => type === 'UserGroupsChanged'],
    ['type=UserGroupsChanged,UserDeactivated', (type: string) => /^User(Groups|Deact)/.test(type)],
    ['type=UserGroupsChanged&type=UserDeactivated', (type: string) => /^User(Groups|Deact)/.test(type)],
  ])('is filtered by ?%s, in the past and live', async (query, wanted) => {
    const after = head()
    const userid = await service.register({ username: `filtered-${after}` })
    const everything = () =>
      service.call('PATCH', `/users/${userid}`, { nickname: `${head()}`, groups: [`g${head()}`] })
    await everything()
    const reader = read(`?after=${after}&${query}`)
    await reader.caughtUp()
    expect(reader.frames.at(-1)).toStrictEqual({ kind: 'caught_up', sequence: head() })
    await everything()
    await service.call('PATCH', `/users/${userid}`, { active: false })
    const expected = service.storage.log
      .eventsAfter(after, 1000)
      .filter(({ type }) => wanted(type))
      .map(({ sequence }) => sequence)
    expect(expected.length).toBeGreaterThan(1)
    await reader.until(({ last }) => last === expected.at(-1))
    expect(reader.sequences).toStrictEqual(expected)
  })

  it('is filtered by subject and by actor', async () => {
    const after = head()
    const one = await service.register({ username: `subject-${after}` })
    const other = await service.register({ username: `other-${after}` })
    const bySubject = read(`?after=${after}&subject=${one}`)
    const byActor = read(`?after=${after}&actor=machine`)
    await Promise.all([bySubject.caughtUp(), byActor.caughtUp()])
    await change(one, 'x')
    await change(other, 'x')
    await service.call('PATCH', `/users/${one}`, { nickname: 'y' }, { authorization: 'Bearer machine' })
    await bySubject.until(({ last }) => last === head())
    await byActor.until(({ last }) => last === head())
    expect(bySubject.sequences).toStrictEqual([after + 1, head() - 2, head()])
    expect(byActor.sequences).toStrictEqual([head()])
  })

  it('tells a reader to whom nothing was sent for a while how far it is', async () => {
    const quiet = read('?type=LogRestored')
    await quiet.caughtUp()
    const userid = await service.register({ username: 'progress' })
    const busy = read()
    await busy.caughtUp()
    await change(userid, 'x')
    await busy.until(({ last }) => last === head())
    skew += 5_000
    await quiet.until(({ frames }) => frames.length === 2)
    expect(quiet.frames[1]).toStrictEqual({ kind: 'progress', sequence: head() })
  })

  it('does not show what was kept of a person who is erased', async () => {
    const canary = 'Canary Featherstone'
    const keeper = read()
    await keeper.caughtUp()
    const after = head()
    const userid = await service.register({ username: 'canary' })
    await change(userid, canary)
    await keeper.until(({ last }) => last === head())
    expect(JSON.stringify(keeper.frames)).toContain(canary)
    await service.call('DELETE', `/users/${userid}`)
    await keeper.until(({ last }) => last === head())
    const reader = read(`?after=${after}`)
    await reader.caughtUp()
    expect(JSON.stringify(reader.frames)).not.toContain(canary)
    const shown = reader.frames.flatMap((frame) => (frame.kind === 'event' ? [frame.event.data] : []))
    expect(shown).toStrictEqual([{ erased: true }, { erased: true }, { userid, link_ids: [] }])
  })
})

describe('I10 a cursor', () => {
  it.each([
    ['of another log', () => `after=1&log=01900000-0000-7000-8000-000000000000`],
    ['of another epoch', () => `after=1&log=${service.storage.log.id}&epoch=2`],
    ['from after the end', () => `after=${head() + 1}`],
  ])('%s gets a reset, and nothing else', async (_what, query) => {
    const reader = read(`?${query()}`)
    expect(await reader.closed).toStrictEqual({ code: 1000, reason: 'reset' })
    expect(reader.frames).toStrictEqual([{ kind: 'reset', log: service.storage.log.id, epoch: 1 }])
  })

  it('from another node, which is a little ahead, is gone on from', async () => {
    const userid = await service.register({ username: 'ahead' })
    const reader = read(`?after=${head() + 1}`)
    await new Promise((resolve) => reader.socket.once('open', resolve))
    await change(userid, 'a')
    await change(userid, 'b')
    await reader.until(({ last }) => last === head())
    expect(reader.sequences).toStrictEqual([head()])
  })

  it('of this log and epoch is gone on from', async () => {
    const reader = read(`?after=${head() - 1}&log=${service.storage.log.id}&epoch=1`)
    await reader.caughtUp()
    expect(reader.sequences).toStrictEqual([head()])
  })

  it.each(['after=-1', 'after=x', 'epoch=0', 'access_token=admin', 'type='])(
    '?%s is declined before the upgrade',
    async (query) => {
      expect(await read(`?${query}`).declined()).toBe(400)
    },
  )
})

describe('A4 who may read', () => {
  const origin = 'http://localhost:8080'

  it.each([
    ['nobody', {}],
    ['a dead token', { authorization: 'Bearer dead' }],
    ['a cookie of no session', { cookie: 'countersign=x', origin }],
  ])('%s is closed with 4401', async (_who, headers) => {
    expect(await read('', headers).closed).toStrictEqual({ code: 4401, reason: 'not signed in' })
  })

  it('somebody else is closed with 4403', async () => {
    const userid = await service.register({ username: 'reader' })
    service.tokens.set('reader', () => personToken(service.deps, userid))
    service.tokens.set('unscoped', () => machineToken([]))
    for (const headers of [
      { authorization: 'Bearer reader' },
      { authorization: 'Bearer unscoped' },
      await cookieOf(service, userid),
    ]) {
      expect(await read('', headers).closed).toStrictEqual({ code: 4403, reason: 'not allowed' })
    }
  })

  it('a browser from elsewhere, or that does not say from where, is declined before the upgrade', async () => {
    const { cookie } = await cookieOf(service, service.adminId)
    for (const headers of [
      { cookie, origin: 'https://evil.example' },
      { cookie, origin: 'http://localhost:8081' },
      { cookie, origin: 'null' },
      { cookie },
      { origin: 'https://evil.example' },
    ]) {
      expect(await read('', headers as Record<string, string>).declined(), JSON.stringify(headers)).toBe(403)
    }
  })

  it('an administrator reads by cookie from a page of ours, and by token from anywhere', async () => {
    const { cookie } = await cookieOf(service, service.adminId)
    await read('', { cookie, origin }).caughtUp()
    await read('', { authorization: 'Bearer admin', origin: 'https://tools.example' }).caughtUp()
  })

  it('an ordinary request gets 426', async () => {
    const response = await service.call('GET', '/events/stream')
    expect([response.statusCode, response.headers.upgrade]).toStrictEqual([426, 'websocket'])
  })
})

describe('A5 a right that is gone', () => {
  const losing: [
    how: string,
    lose: (userid: string, session: string) => Promise<unknown>,
    by: 'token' | 'cookie',
  ][] = [
    ['the group, by token', (userid) => service.call('PATCH', `/users/${userid}`, { groups: [] }), 'token'],
    ['the group, by cookie', (userid) => service.call('PATCH', `/users/${userid}`, { groups: [] }), 'cookie'],
    [
      'the account, by token',
      (userid) => service.call('PATCH', `/users/${userid}`, { active: false }),
      'token',
    ],
    [
      'S6 the account, by cookie',
      (userid) => service.call('PATCH', `/users/${userid}`, { active: false }),
      'cookie',
    ],
    ['the person, by cookie', (userid) => service.call('DELETE', `/users/${userid}`), 'cookie'],
    [
      'S5 the session',
      (userid, session) => service.call('DELETE', `/users/${userid}/sessions/${session}`),
      'cookie',
    ],
    ['the token', async (userid) => service.tokens.delete(userid), 'token'],
  ]

  it.each(losing)('with %s closes the stream within a second', async (_how, lose, by) => {
    const userid = await service.register({ username: `losing-${head()}`, groups: ['admin'] })
    service.tokens.set(userid, () => personToken(service.deps, userid))
    const headers = by === 'token' ? { authorization: `Bearer ${userid}` } : await cookieOf(service, userid)
    const reader = read('', headers as Record<string, string>)
    const other = read()
    await Promise.all([reader.caughtUp(), other.caughtUp()])
    const [session] = service.deps.views.sessions.ofUser(userid)
    const began = performance.now()
    await lose(userid, session?.session_id ?? '')
    expect(await reader.closed).toStrictEqual({ code: 4403, reason: 'not allowed' })
    expect(performance.now() - began).toBeLessThan(1000)
    expect(other.socket.readyState).toBe(other.socket.OPEN)
  })
})

describe('S4 a stream that is only left open', () => {
  it('does not keep its session from ending', async () => {
    const { cookie, origin } = await cookieOf(service, service.adminId)
    const reader = read('', { cookie, origin })
    await reader.caughtUp()
    const hour = 60 * 60_000
    service.advance(1.5 * hour)
    await new Promise<void>((resolve) => {
      askedAgain = resolve
    })
    expect(reader.socket.readyState).toBe(reader.socket.OPEN)
    service.advance(0.6 * hour)
    expect((await reader.closed).code).toBe(4403)
  })
})

describe('what a reader sends', () => {
  it('is not answered', async () => {
    const reader = read()
    await reader.caughtUp()
    for (let n = 0; n < 100; n += 1) reader.socket.send('hello')
    await signedIn(service, service.adminId)
    await reader.until(({ last }) => last === head())
    expect(reader.frames).toHaveLength(2)
  })

  it('ends the stream when it is large', async () => {
    const reader = read()
    await reader.caughtUp()
    reader.socket.send('x'.repeat(1025))
    expect((await reader.closed).code).toBe(1009)
  })
})

describe('a node that has stopped', () => {
  it('ends its streams, for it cannot tell who lost a right', async () => {
    let halted = false
    const node = await createAdminApp({
      adapt: (deps) => ({ ...deps, condition: () => (halted ? { reason: 'stopped', halted } : null) }),
    })
    const address = await node.app.listen({ host: '127.0.0.1', port: 0 })
    const reader = new StreamReader(`${address.replace('http', 'ws')}/api/admin/events/stream`)
    await reader.caughtUp()
    halted = true
    expect(await reader.closed).toStrictEqual({ code: 1011, reason: 'internal error' })
    await node.close()
  })
})

describe('the end of the service', () => {
  it('closes the streams with 1001', async () => {
    const ending = await createAdminApp()
    const address = await ending.app.listen({ host: '127.0.0.1', port: 0 })
    const readers = [1, 2, 3].map(
      () => new StreamReader(`${address.replace('http', 'ws')}/api/admin/events/stream`),
    )
    await Promise.all(readers.map((reader) => reader.caughtUp()))
    await ending.close()
    for (const reader of readers)
      expect(await reader.closed).toStrictEqual({ code: 1001, reason: 'shutting down' })
  })
})
