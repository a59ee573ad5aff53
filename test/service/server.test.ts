import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { openStorage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let directory: ReturnType<typeof temporaryDirectory>
let running: ChildProcess[]
beforeEach(() => {
  directory = temporaryDirectory()
  running = []
})
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  directory.remove()
})

/** Starts the server as `npm start` does; resolves with a line that it printed. */
function start(line: RegExp, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return printing(child, line)
}

/** Starts the server by `npm start` itself, in a process group of its own. */
function startByNpm(line: RegExp) {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: environmentOf({ HOME: directory.path, npm_config_update_notifier: 'false' }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  return printing(child, line)
}

const environmentOf = (environment: Record<string, string>) => ({
  PATH: process.env.PATH,
  OIDC_OP_DATA_DIR: directory.path,
  OIDC_OP_PORT: '0',
  ...environment,
})

async function printing(child: ChildProcessByStdio<null, Readable, Readable>, line: RegExp) {
  running.push(child)
  let output = ''
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      const match = line.exec(output)
      if (match) resolve(match)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${output}`)))
  })
  return { child, found, output: () => output }
}

/** The status of a page, read to its end: a connection in use would hold up a stop. */
async function statusOf(url: string): Promise<number> {
  const response = await fetch(url)
  await response.text()
  return response.status
}

const CLAIM = /^claim: (http:\/\/localhost:(\d+)\/invite\/[A-Za-z0-9_-]{43})$/m

describe('a start', () => {
  it('prints one claim while nobody administers, and voids the one before', async () => {
    const first = await start(CLAIM)
    const url = first.found[1] ?? ''
    expect(await statusOf(url)).toBe(200)
    expect(first.output().match(/^claim: /gm)).toHaveLength(1)
    const port = first.found[2] ?? ''
    first.child.kill('SIGTERM')
    expect(await once(first.child, 'exit')).toEqual([0, null])

    const second = await start(CLAIM, { OIDC_OP_PORT: port })
    expect(await statusOf(url)).toBe(404)
    expect(await statusOf(second.found[1] ?? '')).toBe(200)
  })

  it('warns when the log has come to a time that is still to come here', async () => {
    const tomorrow = () => systemClock() + 24 * 60 * 60_000
    const storage = await openStorage(filesIn(directory.path), tomorrow)
    const person = { userid: generateUserid(), username: 'ada' }
    await storage.commands.submit(command('register-user', person, SYSTEM_ACTOR))
    await storage.close()
    const { output } = await start(CLAIM)
    expect(output()).toMatch(/^warning: it is \S+Z here, but the log has an event of \S+Z: the clock/m)
  })

  it('warns of what the public address makes useless', async () => {
    const storage = await openStorage(filesIn(directory.path))
    const person = { userid: generateUserid(), username: 'ada' }
    await storage.commands.submit(
      command('change-relying-party-id', { rp_id: 'id.example.org' }, SYSTEM_ACTOR),
    )
    await storage.commands.submit(command('register-user', person, SYSTEM_ACTOR))
    const passkey = { userid: person.userid, credential_id: 'AAAA', public_key: 'AAAA' }
    await storage.commands.submit(command('register-passkey', passkey, SYSTEM_ACTOR))
    await storage.close()
    const { output } = await start(/^claim: /m, { OIDC_OP_ISSUER: 'http://127.0.0.1:8080' })
    expect(output()).toMatch(/^warning: passkeys do not work at http:\/\/127\.0\.0\.1:8080: /m)
    expect(output()).toMatch(/^warning: one passkey was made for id\.example\.org and cannot be used at /m)
  })

  it('says in one line that the port is taken', async () => {
    const first = await start(CLAIM)
    const other = temporaryDirectory()
    const environment = { OIDC_OP_PORT: first.found[2] ?? '', OIDC_OP_DATA_DIR: other.path }
    const second = await start(/Cannot listen at 127\.0\.0\.1 port \d+: .*EADDRINUSE.*/, environment)
    const [code] = await once(second.child, 'exit')
    expect(code).toBe(1)
    expect(second.output()).not.toMatch(/^ {4}at /m)
    other.remove()
  })
})

describe('a stop', () => {
  it('finishes the request that has begun, takes no more, and exits with 0', async () => {
    const { child, found } = await start(CLAIM)
    const port = Number(found[2])
    const page = await fetch(`http://localhost:${port}/login`)
    const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const body = new URLSearchParams({ csrf, username: 'nobody', password: 'x' }).toString()

    // The request stands with half of its body on the way when the signal comes.
    const socket = connect(port, '127.0.0.1')
    let reply = ''
    socket.on('data', (chunk) => {
      reply += chunk.toString('utf8')
    })
    const head = [
      'POST /login HTTP/1.1',
      `Host: localhost:${port}`,
      `Cookie: ${cookie}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      '',
      body.slice(0, 10),
    ]
    await new Promise<void>((resolve) => socket.write(head.join('\r\n'), () => resolve()))
    const stopping = once(child.stdout as NodeJS.ReadableStream, 'data')
    await statusOf(`http://localhost:${port}/health/live`)
    await stopping
    child.kill('SIGTERM')
    await refusing(port)
    socket.write(body.slice(10))
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(reply).toMatch(/^HTTP\/1\.1 403 /)
    expect(reply).toContain('The user name or the password is not right.')
  })
})

describe.skipIf(process.platform === 'win32')('a stop of npm start', () => {
  it.each([
    ['SIGTERM', 'to npm', (pid: number) => process.kill(pid, 'SIGTERM')],
    ['SIGTERM', 'to the whole group', (pid: number) => process.kill(-pid, 'SIGTERM')],
    ['SIGINT', 'to the whole group, as a terminal sends it', (pid: number) => process.kill(-pid, 'SIGINT')],
  ])('by %s %s lets the server end first, which gives back its files', async (_signal, to, stop) => {
    const { child, found } = await startByNpm(CLAIM)
    const port = Number(found[2])
    expect(await statusOf(`http://localhost:${port}/health`)).toBe(200)
    const exited = once(child, 'exit')
    stop(child.pid ?? 0)
    const [code, signal] = await exited
    await refusing(port)
    // npm may end by the signal too when it was sent to it as well as to the server.
    if (to === 'to npm') expect([code, signal]).toStrictEqual([0, null])
    await expect.poll(journals, { timeout: 10_000 }).toStrictEqual([])
  })
})

/** What a server removes last when it ends well. */
const journals = () => readdirSync(directory.path).filter((name) => name.endsWith('-wal'))

/** Resolves once nobody listens at a port any more. */
async function refusing(port: number): Promise<void> {
  for (;;) {
    const refused = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1')
      probe.once('connect', () => {
        probe.destroy()
        resolve(false)
      })
      probe.once('error', () => resolve(true))
    })
    if (refused) return
  }
}
