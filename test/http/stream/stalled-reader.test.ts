import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'
import { StreamReader } from './stream-reader.ts'

const PATIENCE = 500
/** Larger than what the two ends of a connection keep for each other. */
const EVENTS = 200
const LARGE = Array.from({ length: 60 }, (_, n) => `https://app.example/${'x'.repeat(1000)}/${n}`)

let service: AdminApp
let base: string
beforeAll(async () => {
  service = await createAdminApp({ adapt: (deps) => ({ ...deps, stream: { patience: PATIENCE } }) })
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  base = `${address.replace('http', 'ws')}/api/admin/events/stream`
  await service.call('POST', '/clients', { client_id: 'large', redirect_uris: LARGE })
})
afterAll(() => service.close())

const grow = async () => {
  const changes = { redirect_uris: LARGE.map((uri) => `${uri}?${service.storage.log.head().sequence}`) }
  await service.does('change-client', { client_id: 'large', changes })
}

describe('a reader that takes nothing any more', () => {
  it('is cut off with 4408, and its connection held nothing more in memory meanwhile', async () => {
    for (let n = 0; n < EVENTS; n += 1) await grow()
    const stalled = new StreamReader(`${base}?after=0`)
    await new Promise((resolve) => stalled.socket.once('open', resolve))
    stalled.socket.pause()
    const before = process.memoryUsage().rss
    const others = [1, 2, 3].map(() => new StreamReader(base))
    await Promise.all(others.map((reader) => reader.caughtUp()))

    const lags: number[] = []
    const began = performance.now()
    while (performance.now() - began < PATIENCE * 3) {
      const sent = performance.now()
      await service.does('change-user', { userid: service.adminId, changes: { nickname: `${sent}` } })
      const { sequence } = service.storage.log.head()
      await Promise.all(others.map((reader) => reader.until(({ last }) => last >= sequence)))
      lags.push(performance.now() - sent)
    }
    const slowest = lags.sort((a, b) => a - b)[Math.floor(lags.length * 0.99)] ?? 0
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024
    console.log(
      `${lags.length} events, 99 % seen within ${slowest.toFixed(1)} ms, memory grew by ${grown.toFixed(1)} MiB`,
    )
    expect(lags.length).toBeGreaterThan(20)
    expect(slowest).toBeLessThan(100)
    expect(grown).toBeLessThan(32)

    stalled.socket.resume()
    expect(await stalled.closed).toStrictEqual({ code: 4408, reason: 'reader too slow' })
    const { last, sequences } = stalled
    expect(last).toBeLessThan(EVENTS)
    expect(sequences).toStrictEqual(Array.from({ length: last }, (_, n) => n + 1))

    const resumed = new StreamReader(`${base}?after=${last}`)
    await resumed.caughtUp()
    expect(resumed.sequences[0]).toBe(last + 1)
    for (const reader of [...others, resumed]) reader.close()
  })
})
