import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from './support/installation.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

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
async function start(line: RegExp, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, OIDC_OP_DATA_DIR: directory.path, OIDC_OP_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
