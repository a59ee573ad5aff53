import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PasswordService } from '../../src/authn/password-service.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { openStorage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { PASSWORD } from '../support/people.ts'
import { PageClient } from './support/page-client.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const CONNECTIONS = 100
const PEOPLE = 4
const SIGN_INS = 3

let directory: ReturnType<typeof temporaryDirectory>
let server: ChildProcess
let output: string
let port: number
let devices: PageClient[]

beforeEach(async () => {
  directory = temporaryDirectory()
  await makePeople()
  output = ''
  server = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, OIDC_OP_DATA_DIR: directory.path, OIDC_OP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  port = await new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      const match = /^claim: http:\/\/localhost:(\d+)/m.exec(output)
      if (match) resolve(Number(match[1]))
    }
    server.stdout?.on('data', read)
    server.stderr?.on('data', read)
    server.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${output}`)))
  })
  devices = []
  for (let person = 0; person < PEOPLE; person += 1) {
    const device = await new PageClient(port).open()
    expect(await device.signIn(`person-${person}`, PASSWORD)).toBe(303)
    devices.push(device)
  }
})

afterEach(async () => {
  for (const device of devices) device.close()
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  directory.remove()
})

async function makePeople() {
  const passwords = await PasswordService.start({ random: systemRandom, concurrency: 1 })
  const password_hash = await passwords.hash(PASSWORD)
  const storage = await openStorage(filesIn(directory.path))
  for (let person = 0; person < PEOPLE; person += 1) {
    const userid = generateUserid()
    const registered = command('register-user', { userid, username: `person-${person}` }, SYSTEM_ACTOR)
    await storage.commands.submit(registered)
    await storage.commands.submit(command('set-password', { userid, password_hash }, SYSTEM_ACTOR))
  }
  await storage.close()
}

/** Posts names that are nobody's over many connections, from the addresses given, until it is stopped. */
async function flood(addressOf: (connection: number) => string) {
  const statuses = new Map<number, number>()
  let going = true
  const clients: PageClient[] = []
  for (let connection = 0; connection < CONNECTIONS; connection += 1) {
    clients.push(await new PageClient(port, addressOf(connection)).open())
  }
  const floods = clients.map(async (client, connection) => {
    for (let n = 0; going; n += 1) {
      const status = await client.signIn(`nobody-${connection}-${n}`, PASSWORD)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  })
  return {
    statuses,
    async stop() {
      going = false
      await Promise.all(floods)
      for (const client of clients) client.close()
    },
  }
}

/** Signs the people in, each in a device that is known for them, one time after the other. */
async function signInKnownDevices(): Promise<number[]> {
  const statuses: number[] = []
  const all = devices.map(async (device, person) => {
    for (let n = 0; n < SIGN_INS; n += 1) statuses.push(await device.signIn(`person-${person}`, PASSWORD))
  })
  await Promise.all(all)
  return statuses
}

/** Every line of the log, as objects; what is printed for people is left out. */
const logged = () =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; code?: string; err?: unknown; reqId?: string })

describe.each([
  ['one address', () => '127.0.0.1'],
  ['many addresses', (connection: number) => `127.0.${1 + (connection % 5)}.${10 + connection}`],
] as const)('B7 B10 a flood of 100 connections from %s, with names that are nobody’s', (what, addressOf) => {
  it('keeps no known device from signing in, and is no flood of errors in the log', async () => {
    const flooding = await flood(addressOf)
    // Strangers get their answers as well, so the flood is going on in full.
    await expect.poll(() => total(flooding.statuses), { timeout: 50_000 }).toBeGreaterThan(2 * CONNECTIONS)
    const known = await signInKnownDevices()
    await flooding.stop()

    expect(known).toHaveLength(PEOPLE * SIGN_INS)
    expect(known.filter((status) => status !== 303)).toEqual([])
    const statuses = [...flooding.statuses.keys()].sort()
    expect(statuses.filter((status) => ![403, 429, 503].includes(status))).toEqual([])
    if (what === 'one address') {
      // A hundred tries were judged, and all others were refused by their address alone.
      expect(flooding.statuses.get(403)).toBeLessThanOrEqual(100)
      expect(flooding.statuses.get(429)).toBeGreaterThan(CONNECTIONS)
      expect(flooding.statuses.get(503)).toBeUndefined()
    } else {
      expect(flooding.statuses.get(403)).toBeGreaterThan(0)
      expect(flooding.statuses.get(429)).toBeUndefined()
    }
    const refused = (flooding.statuses.get(429) ?? 0) + (flooding.statuses.get(503) ?? 0)
    const refusals = () => logged().filter(({ code }) => code !== undefined)
    await expect.poll(() => refusals().length, { timeout: 50_000 }).toBe(refused)
    expect(new Set(refusals().map(({ reqId }) => reqId)).size).toBe(refused)
    expect(logged().filter(({ level, err }) => level >= 40 || err !== undefined)).toEqual([])
  }, 180_000)
})

function total(statuses: ReadonlyMap<number, number>): number {
  return [...statuses.values()].reduce((sum, count) => sum + count, 0)
}
