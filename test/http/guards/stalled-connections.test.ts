import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StalledConnections } from '../../../src/http/guards/stalled-connections.ts'
import { createTestApp } from '../../support/app.ts'

const PATIENCE = 30_000
/** More than the two ends of a connection keep for each other. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x')

let server: Server
let now: number
let stalled: StalledConnections
const clients: Socket[] = []
let answerLater: (() => void) | null
let asked: number

beforeEach(async () => {
  now = 0
  answerLater = null
  asked = 0
  server = createServer((request, response) => {
    asked += 1
    if (request.url === '/large') response.end(LARGE)
    else if (request.url === '/later') answerLater = () => response.end('now')
    else response.end('small')
  })
  stalled = new StalledConnections(server, () => now, PATIENCE)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  server.closeAllConnections()
  server.close()
})

async function open(path: string): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  clients.push(client)
  client.on('error', () => undefined)
  await once(client, 'connect')
  client.pause()
  client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  return client
}

const connections = () =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))

/** Lets time pass, and looks as often as the server does. */
async function pass(milliseconds: number, between: () => Promise<void> = async () => undefined) {
  for (const end = now + milliseconds; now < end; ) {
    now += 5_000
    await between()
    stalled.look()
    await new Promise(setImmediate)
  }
}

describe('a connection whose client', () => {
  it('takes nothing of its answer is ended, one as well as sixty', async () => {
    await Promise.all(Array.from({ length: 60 }, () => open('/large')))
    await expect.poll(() => asked).toBe(60)
    await pass(PATIENCE - 5_000)
    expect(await connections()).toBe(60)
    await pass(15_000)
    await expect.poll(connections).toBe(0)
  })

  it('takes its answer in drops, none of which empties what waits, is ended too', async () => {
    const client = await open('/large')
    await expect.poll(() => asked).toBe(1)
    await pass(PATIENCE + 10_000, async () => void client.read(1))
    await expect.poll(connections).toBe(0)
  })

  it.each(['/small', '/later'])('waits for nothing, or for us, keeps it: %s', async (path) => {
    const client = await open(path)
    if (path === '/later') await expect.poll(() => answerLater).not.toBeNull()
    await pass(4 * PATIENCE)
    expect(await connections()).toBe(1)
    answerLater?.()
    const [answer] = await once(client.resume(), 'data')
    expect(String(answer)).toContain('200 OK')
  })

  it('took all of its answer keeps it for the next request', async () => {
    const client = await open('/large')
    let taken = 0
    client.on('data', (chunk) => {
      taken += chunk.length
    })
    client.resume()
    await expect.poll(() => taken, { timeout: 10_000 }).toBeGreaterThan(LARGE.length)
    await pass(2 * PATIENCE)
    expect(await connections()).toBe(1)
  })
})

describe('the service', () => {
  it('watches its connections, and looks often whose request is overdue', async () => {
    const service = await createTestApp()
    const { server } = service.app
    expect(server.listeners('connection').length).toBeGreaterThan(1)
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 })
    await service.close()
  })
})
