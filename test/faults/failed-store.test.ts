import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { answerOf } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { maySkip } from '../support/scale.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { compileFsyncShim } from './support/fsync-shim.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const CLAIM = /^claim: (http:\/\/localhost:\d+)\/invite\//m

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp()
})

/** Starts the service in a process of its own; resolves when it prints its claim link. */
async function start(directory: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, OIDC_OP_DATA_DIR: directory, OIDC_OP_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  cleanUps.push(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const issuer = await vi.waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`)
      const [, found] = CLAIM.exec(output) ?? []
      if (!found) throw new Error(output)
      return found
    },
    { timeout: 30_000, interval: 50 },
  )
  return { child, issuer, ended, output: () => output }
}

/** Asks for the options of a passkey, for which a challenge is written down. */
async function write(issuer: string): Promise<{ status: number; retryAfter: string | null }> {
  const page = await fetch(`${issuer}/login`)
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const cookie = page.headers.getSetCookie().map((text) => text.split(';')[0])
  const answer = await fetch(`${issuer}/login/passkey/options`, {
    method: 'POST',
    headers: {
      origin: issuer,
      cookie: cookie.join('; '),
      'content-type': 'application/json',
      'x-csrf-token': csrf,
    },
    body: '{}',
  })
  await answer.text()
  return { status: answer.status, retryAfter: answer.headers.get('retry-after') }
}

async function health(issuer: string): Promise<{ status: number; reason: string | undefined }> {
  const answer = await fetch(`${issuer}/health`)
  const { reason } = (await answer.json()) as { reason?: string }
  return { status: answer.status, reason }
}

const shim = compileFsyncShim()
afterAll(() => typeof shim !== 'string' && shim.remove())

describe.skipIf(maySkip(typeof shim === 'string' ? shim : null))('a store that fails permanently', () => {
  it('ends the process with another code than 0, once who waited is answered; the next start finds all', async () => {
    if (typeof shim === 'string') throw new Error(shim)
    const directory = temporaryDirectory()
    cleanUps.push(() => directory.remove())
    shim.order('ok')
    const server = await start(directory.path, shim.environment)
    expect(await write(server.issuer)).toMatchObject({ status: 200 })
    shim.order('fail')
    const answers = await Promise.allSettled([write(server.issuer), write(server.issuer)])
    for (const answer of answers) {
      if (answer.status === 'fulfilled') expect(answer.value).toEqual({ status: 503, retryAfter: '1' })
    }
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await server.ended).toBe(74)
    expect(server.output()).toMatch(/^The store has failed permanently: .*The process ends/m)
    shim.order('ok')
    const next = await start(directory.path, shim.environment)
    expect(await health(next.issuer)).toMatchObject({ status: 200 })
    next.child.kill('SIGTERM')
    expect(await next.ended).toBe(0)
  })
})

const trial = mountSmallDisk(1)
if (typeof trial !== 'string') trial.unmount()

describe.skipIf(maySkip(typeof trial === 'string' ? trial : null))(
  'a disk with less than is reserved',
  () => {
    it('refuses new work with 503, says so at /health, serves who reads, and is well again by itself', async () => {
      const disk = mountSmallDisk(48)
      if (typeof disk === 'string') throw new Error(disk)
      cleanUps.push(() => disk.unmount())
      const server = await start(disk.path, { OIDC_OP_DISK_RESERVE: '16M' })
      const { issuer } = server
      expect(await health(issuer)).toEqual({ status: 200, reason: undefined })
      await answerOf(disk.path, ['user', 'create', '--username', 'ada', '--given-name', 'Adalgisa'])
      const ballast = join(disk.path, 'ballast')
      writeFileSync(ballast, Buffer.alloc(34 << 20))
      const short = await vi.waitFor(
        async () => {
          const found = await health(issuer)
          expect(found.status).toBe(503)
          return found
        },
        { timeout: 20_000 },
      )
      expect(short.reason).toMatch(/^the disk is nearly full: \d+ MiB are free, and 16 MiB are reserved$/)
      expect(await write(issuer)).toEqual({ status: 503, retryAfter: '1' })
      expect((await fetch(`${issuer}/login`)).status).toBe(200)
      expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200)
      await answerOf(disk.path, ['user', 'erase', 'ada'])
      expect(await answerOf(disk.path, ['user', 'list'])).toEqual([])
      rmSync(ballast)
      await vi.waitFor(async () => expect((await health(issuer)).status).toBe(200), { timeout: 20_000 })
      expect(await write(issuer)).toMatchObject({ status: 200 })
      expect(server.output()).toMatch(/^No new work is accepted: the disk is nearly full/m)
      expect(server.output()).toMatch(/^The disk has enough space again$/m)
      server.child.kill('SIGTERM')
      expect(await server.ended).toBe(0)
    })

    it('starts all the same, and makes no claim link until there is room', async () => {
      const disk = mountSmallDisk(48)
      if (typeof disk === 'string') throw new Error(disk)
      cleanUps.push(() => disk.unmount())
      const first = await start(disk.path, { OIDC_OP_DISK_RESERVE: '16M' })
      first.child.kill('SIGTERM')
      await first.ended
      writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(34 << 20))
      const child = spawn(process.execPath, [MAIN], {
        env: {
          PATH: process.env.PATH,
          OIDC_OP_DATA_DIR: disk.path,
          OIDC_OP_PORT: '0',
          OIDC_OP_DISK_RESERVE: '16M',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      cleanUps.push(() => child.kill('SIGKILL'))
      let output = ''
      child.stdout.on('data', (chunk) => (output += String(chunk)))
      await vi.waitFor(() => expect(output).toMatch(/^No claim link was made; .*nearly full/m), {
        timeout: 30_000,
      })
      child.kill('SIGTERM')
      expect((await once(child, 'exit'))[0]).toBe(0)
    })
  },
)
