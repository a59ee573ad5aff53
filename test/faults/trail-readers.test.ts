import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from '../http/admin/admin-app.ts'
import { StreamReader } from '../http/stream/stream-reader.ts'

const READERS = 10
const PEOPLE = 1500
const CHANGES = 3000
/** The longest that one turn of the event loop may work, in milliseconds of processor time. */
const LONGEST_TURN = 50

let service: AdminApp
let base: string
let ada: string
beforeAll(async () => {
  service = await createAdminApp()
  base = await service.app.listen({ host: '127.0.0.1', port: 0 })
  ada = await service.register({ username: 'ada' })
  const inParallel = async (count: number, one: (n: number) => Promise<unknown>) => {
    for (let n = 0; n < count; n += 64) {
      await Promise.all(Array.from({ length: Math.min(64, count - n) }, (_, index) => one(n + index)))
    }
  }
  await inParallel(PEOPLE, (n) => service.register({ username: `user-${n}`, email: `user-${n}@example.com` }))
  await inParallel(CHANGES, (n) =>
    service.does('change-user', { userid: ada, changes: { nickname: `name ${n}`, given_name: `${n}` } }),
  )
})
afterAll(() => service.close())

/** Asks over the network and throws away what comes: reading it here would hold up the loop that is measured. */
function ask(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer admin' }
    request(`${base}/api/admin${path}`, { headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
      .once('error', reject)
      .end()
  })
}

async function replay(): Promise<number> {
  const reader = new StreamReader(`${base.replace('http', 'ws')}/api/admin/events/stream?after=0`)
  await reader.caughtUp()
  reader.close()
  return 200
}

/** Measures the longest turn by the time that this thread had the processor: other programs do not count. */
async function longestTurnWhile(work: Promise<unknown>): Promise<number> {
  let going = true
  work.then(
    () => {
      going = false
    },
    () => {
      going = false
    },
  )
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let longest = 0
  for (let before = used(); going; ) {
    await new Promise(setImmediate)
    const now = used()
    longest = Math.max(longest, now - before)
    before = now
  }
  return longest
}

describe(`${READERS} readers at once`, () => {
  it.each([
    ['pages of a thousand events', () => ask('/events?limit=1000')],
    ['pages of a thousand events, the newest first', () => ask('/events?limit=1000&order=desc')],
    ['the events of one person', () => ask(`/users/${ada}/events?limit=1000`)],
    ['a person with a long history as of a moment', () => ask(`/users/${ada}?at=${PEOPLE + CHANGES}`)],
    ['pages of a thousand users', () => ask('/users?limit=1000')],
    ['live streams from the beginning of the log', replay],
  ])('never hold up the event loop: %s', async (_name, read) => {
    // What runs for the first time is compiled meanwhile.
    await read()
    const all = Promise.all(Array.from({ length: READERS }, read))
    const longest = await longestTurnWhile(all)
    expect(await all).toStrictEqual(Array.from({ length: READERS }, () => 200))
    expect(longest).toBeLessThan(LONGEST_TURN)
  })
})
