import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presentPage } from '../../../src/http/admin/present-events.ts'
import { userAsOf } from '../../../src/http/admin/user-history.ts'
import { LongReads } from '../../../src/http/guards/long-reads.ts'
import { readyEvents } from '../../../src/http/stream/feed-event.ts'
import { readPast } from '../../../src/http/stream/past.ts'
import type { GiveWay } from '../../../src/kernel/loop-share.ts'
import { decodeEvents } from '../../../src/log/decode-events.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'

const EVENTS = 1000

let service: AdminApp
let ada: string
let sequences: number[]
beforeAll(async () => {
  service = await createAdminApp()
  ada = await service.register({ username: 'ada' })
  await Promise.all(
    Array.from({ length: EVENTS }, (_, n) =>
      service.does('change-user', { userid: ada, changes: { nickname: `name ${n}` } }),
    ),
  )
  sequences = service.deps.views.audit.find({ subject: ada, limit: EVENTS })
})
afterAll(() => service.close())

/** Every reading of many events that a request or a stream can ask for. */
const READINGS: Record<string, (giveWay: GiveWay) => Promise<unknown>> = {
  'opening events': (giveWay) => {
    const { log, keys } = service.deps
    return decodeEvents(log.eventsAt(sequences), log, keys, giveWay)
  },
  'a page of the trail': (giveWay) => presentPage(sequences, service.deps, giveWay),
  'new events of the stream': (giveWay) =>
    readyEvents(service.deps.log.eventsAt(sequences), service.deps, giveWay),
  'a user as of a moment': (giveWay) => {
    const longReads = { run: (reading: (way: GiveWay) => Promise<unknown>) => reading(giveWay) } as LongReads
    return userAsOf({ ...service.deps, longReads }, ada, { sequence: sequences.at(-1) ?? 0 })
  },
}

describe('a reading of a thousand events', () => {
  it.each(Object.entries(READINGS))('can give way before each of them: %s', async (_name, read) => {
    let asked = 0
    await read(() => {
      asked += 1
      return null
    })
    expect(asked).toBeGreaterThanOrEqual(EVENTS)
  })

  it('can give way before each event of a piece of the past', async () => {
    let asked = 0
    const giveWay = () => {
      asked += 1
      return null
    }
    const { events } = await readPast(service.deps, null, { after: 1, bound: EVENTS }, giveWay)
    expect(events.length).toBeGreaterThan(100)
    expect(asked).toBeGreaterThan(events.length)
  })
})

describe('a page of large items', () => {
  const LARGE = Array.from({ length: 60 }, (_, n) => `https://app.example/${'x'.repeat(1000)}/${n}`)
  beforeAll(async () => {
    for (let n = 0; n < 40; n += 1) {
      const client_id = `large-${n}`
      await service.does('register-client', { client_id, public: true, redirect_uris: LARGE })
    }
  })

  it.each([
    ['/events?type=ClientRegistered', 'id'],
    ['/clients?', 'client_id'],
  ])('ends early, and its cursor leads to the rest: %s', async (path, key) => {
    const seen = new Set<string>()
    const sizes: number[] = []
    for (let cursor = ''; ; ) {
      const page = await service.call('GET', `${path}&limit=1000${cursor}`)
      const { items, next_cursor } = page.json()
      for (const item of items) seen.add(item[key])
      sizes.push(page.body.length)
      if (next_cursor === null) break
      cursor = `&cursor=${next_cursor}`
    }
    expect(seen.size).toBe(40)
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(2.2 * 1024 * 1024)
  })
})

describe('readers of the trail beyond those for whom there is room', () => {
  it('are refused at once, all others are served in order', async () => {
    const reads = new LongReads()
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const order: number[] = []
    let running = 0
    let most = 0
    const all = Array.from({ length: 100 }, (_, index) =>
      reads.run(async () => {
        running += 1
        most = Math.max(most, running)
        await gate
        order.push(index)
        running -= 1
      }),
    )
    const refused = await Promise.allSettled(all.slice(72))
    expect(refused.every((one) => one.status === 'rejected' && one.reason.code === 'overloaded')).toBe(true)
    open()
    await Promise.all(all.slice(0, 72))
    expect(most).toBe(8)
    expect(order).toStrictEqual(Array.from({ length: 72 }, (_, index) => index))
    await expect(reads.run(async () => 'again')).resolves.toBe('again')
  })

  it('get 503 and Retry-After', async () => {
    const answers = await Promise.all(
      Array.from({ length: 90 }, () => service.call('GET', '/events?limit=300')),
    )
    const refused = answers.filter(({ statusCode }) => statusCode !== 200)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) {
      expect([answer.statusCode, answer.json().code]).toStrictEqual([503, 'overloaded'])
      expect(answer.headers['retry-after']).toBe('1')
    }
  })
})
