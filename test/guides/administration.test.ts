import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { streamQuery } from '../../src/http/stream/filter.ts'
import { type RunningServer, startRunningServer } from '../e2e/support/running-server.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { cliWords, shellPart, shellSnippets } from './snippets.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

let server: RunningServer
let variables: Record<string, string>
const directory = temporaryDirectory()
beforeAll(async () => {
  server = await startRunningServer()
})
afterAll(async () => {
  await server.close()
  directory.remove()
})

/** Runs shell commands of a guide against the server of the test. */
async function shell(commands: string): Promise<string> {
  const script = commands.replace('http://localhost:8080', server.issuer)
  const env = { ...process.env, ...variables }
  return (await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: directory.path, env })).stdout
}

const lastJson = (output: string) => JSON.parse(output.slice(output.lastIndexOf('{"items"')))

describe('the guide to the admin API', () => {
  const [create = '', use = ''] = shellSnippets('admin-api')

  it('gets a program from nothing to the API', async () => {
    const { client_secret } = (await server.cli(...cliWords(create))) as { client_secret: string }
    variables = { CLIENT_SECRET: client_secret }
    const output = await shell(`${use}\necho "$TOKEN" > token`)
    expect(output).toContain('"username":"ada"')
    const { items } = lastJson(output)
    expect(items).toMatchObject([{ type: 'UserRegistered', actor: { kind: 'client', id: 'automation' } }])
    variables = { TOKEN: (await shell('cat token')).trim(), ISSUER: server.issuer }
  })
})

describe('the guide to the audit trail', () => {
  const [read = '', prove = ''] = shellSnippets('audit-trail')

  it('reads the trail and proves it', async () => {
    const { items } = JSON.parse(await shell(read))
    expect(items.map(({ type }: { type: string }) => type)).toStrictEqual([
      'UserRegistered',
      'UserRegistered',
    ])
    await shell(shellPart(prove))
    const words = cliWords(prove).map((word) =>
      word === 'checkpoint.json' ? join(directory.path, word) : word,
    )
    expect(words.slice(0, 2)).toStrictEqual(['audit', 'verify'])
    expect(await server.cli(...words)).toMatchObject({ ok: true })
  })
})

describe('the guide to the live stream', () => {
  it('names the example, and every parameter there is', () => {
    const [watch = ''] = shellSnippets('live-stream')
    const script = /node (\S+)/.exec(watch)?.[1] ?? ''
    expect(existsSync(join(ROOT, script))).toBe(true)
    expect(Object.keys(streamQuery.shape).sort()).toStrictEqual(
      ['actor', 'after', 'epoch', 'log', 'subject', 'type'].sort(),
    )
  })
})
