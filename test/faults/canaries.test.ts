import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditData } from '../../src/events/payload.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openStorage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { recordedEvents } from '../support/recorded-history.ts'
import { storedBytes } from '../support/stored-bytes.ts'
import type { CanaryReport, CanaryTask } from './support/canary-child.ts'
import { killChildren, startChild } from './support/child.ts'

const CLI = fileURLToPath(new URL('../../src/cli/entry.ts', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

interface Canary {
  what: string
  bytes: Buffer
}

describe('secrets that are put through every path', () => {
  const directory = temporaryDirectory()
  const masterKey = Buffer.from(systemRandom(32))
  const task: CanaryTask = {
    directory: directory.path,
    masterKey: masterKey.toString('base64'),
    password: 'Canary password 7341 sings',
    clientSecret: 'canary-client-secret-9183-sings-longer',
  }
  const canaries: Canary[] = [
    { what: 'password', bytes: Buffer.from(task.password) },
    { what: 'client secret', bytes: Buffer.from(task.clientSecret) },
    { what: 'master key', bytes: masterKey },
  ]
  const tooLong = `${task.masterKey}${task.masterKey}`
  let output = ''

  beforeAll(async () => {
    const child = startChild<CanaryReport>('canary-child.ts', task)
    expect(await child.ended, child.output()).toBe(0)
    output += child.output()
    for (const { what, text, base64 } of child.messages[0]!.found) {
      canaries.push({
        what,
        bytes: text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text),
      })
    }
    await useCommandLine()
    await useServer()
  }, 120_000)

  afterAll(() => {
    killChildren()
    directory.remove()
  })

  const environment = (masterKey = task.masterKey) => ({
    ...process.env,
    OIDC_OP_DATA_DIR: directory.path,
    OIDC_OP_MASTER_KEY: masterKey,
    OIDC_OP_PORT: '0',
    OIDC_OP_LOG_LEVEL: 'trace',
  })

  /** Runs a program to its end, or stops it once it says `until`; its output counts. */
  async function run(
    parameters: string[],
    { env = environment(), stdin = '', until = '' } = {},
  ): Promise<string> {
    const child = spawn(process.execPath, parameters, { env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += String(chunk)
        if (until !== '' && said.includes(until)) child.kill('SIGTERM')
      })
    }
    child.stdin.end(stdin)
    await once(child, 'close')
    output += said
    return said
  }

  async function useCommandLine(): Promise<void> {
    const cli = (...parameters: string[]) => run([CLI, ...parameters], { stdin: `${task.password}\n` })
    const client = ['--client-secret', task.clientSecret, '--redirect-uri', 'https://app.example/cb']
    // The one place where a secret is shown: to whoever made it, when it was made.
    const shown = await cli('client', 'create', '--client-id', 'by-hand', ...client, '--json')
    output = output.replace(shown, shown.replaceAll(task.clientSecret, ''))
    await cli('user', 'create', '--username', 'grace', '--password-stdin')
    await Promise.all([
      cli('user', 'create', '--username', 'grace', '--password-stdin'),
      cli('client', 'create', '--client-id', 'by-hand', ...client),
      cli('client', 'show', 'by-hand', '--json'),
      cli('events', 'export'),
      cli('config', 'show'),
      run([CLI, 'config', 'check'], { env: environment(tooLong) }),
    ])
  }

  async function useServer(): Promise<void> {
    await Promise.all([
      run([MAIN], { until: '\n' }),
      run([MAIN], { env: environment(tooLong) }),
      run([MAIN], { env: environment(Buffer.alloc(32).toString('base64')) }),
    ])
  }

  /** Says which canaries stand in some bytes, spelt in any of the usual ways. */
  function singing(bytes: Buffer): string[] {
    return canaries
      .filter((canary) => spellings(canary.bytes).some((spelling) => bytes.includes(spelling)))
      .map(({ what }) => what)
  }

  it('are found when they are there', () => {
    expect(canaries.every(({ bytes }) => bytes.length >= 8)).toBe(true)
    expect(canaries.length).toBeGreaterThan(12)
    for (const { what, bytes } of canaries)
      expect(singing(Buffer.concat([Buffer.from('x'), bytes]))).toContain(what)
    expect(output).toContain('invalid_input')
    expect(output).toContain('by-hand')
  })

  it('are in no byte of any file', () => {
    const files = [...storedBytes(directory.path)].map(([path, bytes]) => ({ path, singing: singing(bytes) }))
    expect(files.length).toBeGreaterThanOrEqual(2)
    expect(files.filter(({ singing }) => singing.length > 0)).toEqual([])
  })

  it('are in nothing that was printed or logged, also not in errors', () => {
    const lines = output.split('\n').map((line) => ({ line, singing: singing(Buffer.from(line)) }))
    expect(lines.filter(({ singing }) => singing.length > 0)).toEqual([])
  })

  it('are in no event as the audit trail shows it', async () => {
    const storage = await openStorage(filesIn(directory.path, masterKey))
    try {
      const events = await recordedEvents(storage.log, storage.keys)
      const shown = JSON.stringify(events.map((event) => ({ ...event, data: auditData(event) })))
      expect(events.length).toBeGreaterThan(8)
      expect(singing(Buffer.from(shown))).toEqual([])
      expect(shown).not.toContain('$argon2id')
    } finally {
      await storage.close()
    }
  })
})

/** The ways in which bytes are written into files and texts. */
function spellings(bytes: Buffer): Buffer[] {
  const texts = [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ]
  const json = JSON.stringify(bytes.toString('latin1')).slice(1, -1)
  return [
    bytes,
    ...[...texts, json].map((text) => Buffer.from(text)),
    Buffer.from(bytes.toString('latin1'), 'utf16le'),
  ]
}
