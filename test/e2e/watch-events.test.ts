import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventLine } from '../../examples/watch-events/event-line.ts'
import { readWatcherSettings } from '../../examples/watch-events/settings.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { type RunningServer, startRunningServer } from './support/running-server.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/watch-events/watch.ts', import.meta.url))

let server: RunningServer
let secret: string
const directory = temporaryDirectory()
const watchers: Watcher[] = []
beforeAll(async () => {
  server = await startRunningServer()
  secret = await createClient('watcher', 'admin')
})
afterAll(async () => {
  for (const watcher of watchers) watcher.process.kill('SIGKILL')
  await server.close()
  directory.remove()
})

async function createClient(id: string, scope: string): Promise<string> {
  const words = [
    'client',
    'create',
    '--client-id',
    id,
    '--grant-type',
    'client_credentials',
    '--scope',
    scope,
  ]
  return ((await server.cli(...words)) as { client_secret: string }).client_secret
}

/** The example, running in a process of its own. */
class Watcher {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  output = ''
  #waiting: (() => void)[] = []

  constructor(environment: Record<string, string>) {
    const env = {
      ...process.env,
      ISSUER: server.issuer,
      CURSOR_FILE: join(directory.path, 'cursor'),
      ...environment,
    }
    this.process = spawn(process.execPath, [EXAMPLE], { env, stdio: 'pipe' })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += String(chunk)
        for (const resume of this.#waiting.splice(0)) resume()
      })
    }
    this.ended = new Promise((resolve) => this.process.once('close', (code) => resolve(code)))
    watchers.push(this)
  }

  /** Waits until a line says something. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

const createUser = async (username: string) =>
  ((await server.cli('user', 'create', '--username', username)) as { userid: string }).userid

describe('the watcher', () => {
  it('shows what happens, and goes on where it was when it is started again', async () => {
    const first = new Watcher({ CLIENT_SECRET: secret })
    await first.says('watching, from event')
    const ada = await createUser('ada')
    await first.says(ada)
    expect(first.output).toMatch(
      /^\d+ {2}\S+Z {2}UserRegistered {2}by cli \S+ {2}[a-z-]{11} {2}\{.*"username":"ada"/m,
    )
    first.process.kill('SIGINT')
    expect(await first.ended).toBe(0)

    const missed = await createUser('bob')
    const second = new Watcher({ CLIENT_SECRET: secret })
    const seen = await createUser('eve')
    await second.says(seen)
    expect(second.output).toContain(missed)
    expect(second.output).not.toContain(ada)
    second.process.kill('SIGINT')
    expect(await second.ended).toBe(0)
  })

  it('ends with a word when the client may not read', async () => {
    const CLIENT_SECRET = await createClient('outsider', 'openid')
    const watcher = new Watcher({
      CLIENT_ID: 'outsider',
      CLIENT_SECRET,
      CURSOR_FILE: join(directory.path, 'other'),
    })
    expect(await watcher.ended).toBe(1)
    expect(watcher.output).toMatch(/^No access token: invalid_scope /)
  })

  const HEAD_PATH = '/api/admin/audit/head'
  it.each([
    ['the discovery document', (path: string) => path.startsWith('/.well-known/')],
    ['its token', (path: string) => path === '/token'],
    ['the end of the log', (path: string) => path === HEAD_PATH],
    ['the upgrade of the connection', (path: string) => path.startsWith('/api/admin/events/stream')],
    ['the next try, with nobody listening', null],
  ])('stops at once while it waits for %s', async (_what, isSilent) => {
    const silence: Server = createServer((request, response) => {
      const path = request.url ?? ''
      if (isSilent?.(path)) return void silence.emit('silent', path)
      const answers: Record<string, object> = {
        '/token': { access_token: 'x' },
        [HEAD_PATH]: { log: 'l', epoch: 1, sequence: 0 },
      }
      const { port } = silence.address() as AddressInfo
      const answer = answers[path] ?? { token_endpoint: `http://127.0.0.1:${port}/token` }
      response.end(JSON.stringify(answer))
    })
    const asked = new Promise<string>((resolve) => silence.once('silent', resolve))
    silence.on('upgrade', (request) => silence.emit('silent', request.url))
    await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve))
    const { port } = silence.address() as AddressInfo
    if (isSilent === null) silence.close()
    const watcher = new Watcher({
      ISSUER: `http://127.0.0.1:${port}`,
      CURSOR_FILE: join(directory.path, `silent-${port}`),
    })
    await (isSilent === null ? watcher.says('trying again') : asked)
    watcher.process.kill('SIGTERM')
    expect(await watcher.ended).toBe(0)
    silence.closeAllConnections()
    silence.close()
  })

  it('leaves no file that git would show', () => {
    const ignored = readFileSync(new URL('../../.gitignore', import.meta.url), 'utf8').split('\n')
    expect(ignored).toContain(`${readWatcherSettings({}).cursorFile}*`)
  })

  it('A7 gives a terminal nothing to obey', () => {
    const data = { nickname: '\u001b]0;owned\u0007\u202e\u009b2J\n' }
    const event = {
      sequence: 1,
      type: 'T',
      at: 'now',
      actor: { kind: 'user', id: 'a' },
      subject: '\u001b[2J',
      data,
    }
    expect(eventLine(event)).toMatch(/^[\x20-\x7e]*$/)
  })
})
