import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type AdminApp, createAdminApp, machineToken } from '../admin/admin-app.ts'
import { StreamReader } from './stream-reader.ts'

const OF_ONE = 3
const IN_ALL = 5

let service: AdminApp
let base: string
beforeAll(async () => {
  service = await createAdminApp({
    adapt: (deps) => ({ ...deps, stream: { most: { ofOne: OF_ONE, inAll: IN_ALL } } }),
  })
  service.tokens.set('other', () => ({ ...machineToken(['admin']), clientId: 'other' }) as never)
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  base = `${address.replace('http', 'ws')}/api/admin/events/stream`
})
afterAll(() => service.close())

const as = (token: string) => new StreamReader(base, { authorization: `Bearer ${token}` })

async function opened(token: string, count: number): Promise<StreamReader[]> {
  const readers = Array.from({ length: count }, () => as(token))
  await Promise.all(readers.map((reader) => reader.caughtUp()))
  return readers
}

async function closed(readers: readonly StreamReader[]): Promise<void> {
  for (const reader of readers) reader.close()
  await Promise.all(readers.map((reader) => reader.closed))
  // The server may hear of it a moment later.
  await expect.poll(openStreams).toBe('0')
}

async function openStreams(): Promise<string | undefined> {
  const headers = { authorization: 'Bearer admin' }
  const { body } = await service.app.inject({ url: '/metrics', headers })
  return /^countersign_stream_subscribers (\d+)$/m.exec(body)?.[1]
}

/** Asks for a stream, and reads the whole answer of the server that declines. */
async function declined(token: string) {
  const socket = new WebSocket(base, { headers: { authorization: `Bearer ${token}` } })
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, headers: response.headers, problem: JSON.parse(body) }
}

describe('live streams are limited', () => {
  it.each(['admin', 'machine'])('for one principal, and for nobody else: %s', async (token) => {
    const readers = await opened(token, OF_ONE)
    const answer = await declined(token)
    expect(answer.status).toBe(429)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.problem).toMatchObject({ status: 429, code: 'too_many_requests' })
    const others = await opened('other', 1)
    await closed([...readers, ...others])
    await closed(await opened(token, OF_ONE))
  })

  it('for all callers together', async () => {
    const readers = [...(await opened('machine', OF_ONE)), ...(await opened('other', IN_ALL - OF_ONE))]
    for (const token of ['admin', 'other', 'unknown']) {
      const answer = await declined(token)
      expect([answer.status, answer.problem.code]).toStrictEqual([503, 'overloaded'])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    await closed(readers)
  })

  it('also for those who come in the same moment', async () => {
    const readers = Array.from({ length: 4 * OF_ONE }, () => as('machine'))
    const ends = await Promise.all(
      readers.map((reader) =>
        Promise.race([
          reader.caughtUp().then(
            () => 'open',
            () => reader.closed.then(({ code }) => code),
          ),
          reader.declined().catch(() => new Promise<never>(() => undefined)),
        ]),
      ),
    )
    expect(ends.filter((end) => end === 'open')).toHaveLength(OF_ONE)
    expect(ends.filter((end) => end !== 'open' && end !== 429 && end !== 4429)).toStrictEqual([])
    await closed(readers.filter((_, index) => ends[index] === 'open'))
  })
})
