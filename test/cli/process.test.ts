import { once } from 'node:events'
import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openThreadedStorage } from '../../src/storage/open.ts'
import { runProcess, startProcess } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

let place: ReturnType<typeof temporaryDirectory>
let directory: string
beforeEach(() => {
  place = temporaryDirectory()
  directory = join(place.path, 'data')
})
afterEach(() => place.remove())

const run = (...args: string[]) => runProcess(directory, args)

describe('the process', () => {
  it('works on files that nobody else may read, in the name of whoever started it', async () => {
    const args = ['user', 'create', '--username', 'ada', '--password-stdin', '--json']
    const made = await runProcess(directory, args, { stdin: 'correct horse battery staple\n' })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const events = JSON.parse((await run('events', 'list', '--json')).stdout)
    expect(events.map(({ type }: { type: string }) => type)).toEqual(['UserRegistered', 'PasswordSet'])
    expect(events[0].actor).toEqual({ kind: 'cli', id: userInfo().username })
    for (const name of ['.', 'oidc_op.db', 'keys.db', 'master.key']) {
      expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0)
    }
  })

  it('answers a refusal with 1, bad settings with 78, and help with 0', async () => {
    const refused = await run('user', 'show', 'nobody')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    const settings = { OIDC_OP_PORT: 'x', OIDC_OP_SMTP_UR: 'smtp://u:hunter2@h' }
    const bad = await runProcess(directory, ['config', 'check'], { env: settings })
    expect(bad).toMatchObject({ code: 78, stdout: '' })
    expect(bad.stderr).toContain('2 settings are wrong')
    expect(bad.stderr).not.toContain('hunter2')
    expect(await run('--help')).toMatchObject({ code: 0, stderr: '' })
    expect(await run('nonsense')).toEqual({
      code: 1,
      stdout: '',
      stderr: "error: unknown command 'nonsense'\n",
    })
    const missing = await run('user', 'create')
    expect(missing.stderr).toBe("error: required option '--username <name>' not specified\n")
  })

  it('does not mind when whoever reads its output stops early', async () => {
    await run('user', 'create', '--username', 'ada')
    const child = startProcess(directory, ['events', 'export'])
    child.stdout.destroy()
    let told = ''
    child.stderr.on('data', (text) => {
      told += text
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(told).toBe('')
  })

  it('writes and reads beside a running service, which notices', async () => {
    const storage = await openThreadedStorage(filesIn(directory), () => undefined)
    try {
      const { generation } = storage.watch
      expect(await run('user', 'create', '--username', 'ada')).toMatchObject({ code: 0 })
      await storage.watch.changed(generation, AbortSignal.timeout(5000))
      expect(storage.views.users.byUsername('ada')).toMatchObject({ username: 'ada' })
      expect((await run('user', 'list')).stdout).toContain('ada')
    } finally {
      await storage.close()
    }
  })

  it('serves, like npm start', async () => {
    const child = startProcess(directory, ['serve'], { OIDC_OP_PORT: '0' })
    try {
      const lines = createInterface({ input: child.stdout })
      let address = ''
      for await (const line of lines) {
        address = /^claim: (http:\/\/localhost:\d+)\/invite\//.exec(line)?.[1] ?? ''
        if (address !== '') break
      }
      expect((await fetch(`${address}/health`)).status).toBe(200)
      expect(JSON.parse((await run('events', 'list', '--json')).stdout)).not.toEqual([])
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('doctor', () => {
  it('finds a healthy installation healthy', async () => {
    await run('user', 'create', '--username', 'ada')
    const { code, stdout } = await run('doctor', '--json')
    const findings: { check: string; ok: boolean }[] = JSON.parse(stdout)
    const space = findings.filter(({ check }) => check !== 'disk space')
    expect(space.every(({ ok }) => ok)).toBe(true)
    expect(findings.map(({ check }) => check)).toEqual([
      'files',
      'permissions',
      'disk space',
      'leftovers',
      'watermark',
      'database',
      'keys',
      'log',
      'subjects',
      'read models',
      'clock',
      'proxy',
      'issuer',
    ])
    expect(code).toBe(findings.every(({ ok }) => ok) ? 0 : 1)
  })
})
