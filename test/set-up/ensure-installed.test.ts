import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type Checkout, diskUse, freshCheckout } from './checkout.ts'

const MINUTES = 10 * 60_000
const OLD = { version: '20.1.0', napi: 9 }
const LOCK = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8'),
)
const ENSURE = ['scripts/ensure-installed.mjs']

let checkout: Checkout
afterEach(() => checkout.remove())

const inModules = (path: string) => join(checkout.path, 'node_modules', path)
const installed = () =>
  Object.keys(JSON.parse(readFileSync(inModules('.package-lock.json'), 'utf8')).packages)

/** Makes a checkout look as if the installation had ended well, without its time. */
function pretendInstalled(what: 'run' | 'all'): void {
  const packages = Object.fromEntries(
    Object.entries(LOCK.packages as Record<string, { dev?: true; optional?: true }>).filter(
      ([path, { dev, optional }]) =>
        path.startsWith('node_modules/') && !optional && (what === 'all' || !dev),
    ),
  )
  for (const path of Object.keys(packages)) write(`${path}/package.json`, '{}')
  write('node_modules/.package-lock.json', JSON.stringify({ packages }))
  write('node_modules/.bin/node', '#!/bin/sh\n')
  write('runtime/node/bin/node', '#!/bin/sh\n')
  write(
    'runtime/node/version',
    `${LOCK.packages[`node_modules/node-${process.platform}-${process.arch}`].version}\n`,
  )
}

function write(path: string, text: string): void {
  const whole = join(checkout.path, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
}

describe('a fresh checkout on a machine with an old Node', () => {
  it(
    'starts with what running needs, at most 60 MB beside the runtime, after it was killed and beside another script',
    async () => {
      checkout = freshCheckout(OLD)
      const killed = await checkout.run('node', [...ENSURE, 'run'], { killAfter: /installing/ })
      expect(killed.code).toBeNull()

      const [first, second] = await Promise.all([
        checkout.run('npm', ['start'], { stopAfter: /^claim: /m }),
        checkout.run('node', [...ENSURE, 'run']),
      ])
      expect(first.output).toMatch(/^claim: http:\/\/localhost:\d+\/invite\//m)
      expect(second.code).toBe(0)
      const said = `${first.output}${second.output}`.match(/^countersign: .*$/gm) ?? []
      expect(
        said.filter((line) => /installing \d+ packages and Node 24\.\d+\.\d+ …$/.test(line)),
      ).toHaveLength(1)
      expect(said.filter((line) => line.includes('waiting for another npm script'))).toHaveLength(1)
      expect(said).toHaveLength(2)
      expect(`${first.output}${second.output}`).not.toMatch(/npm (warn|notice|error)|added \d+|funding/i)

      expect(installed().filter((path) => LOCK.packages[path].dev)).toEqual([])
      const used = diskUse(inModules('.'))
      console.log(`packages for running: ${installed().length}, ${(used / 1e6).toFixed(1)} MB on the disk`)
      expect(used).toBeLessThan(60e6)
      expect(realpathSync(inModules('.bin/node'))).toBe(
        realpathSync(join(checkout.path, 'runtime/node/bin/node')),
      )
      expect(readdirSync(join(checkout.path, 'runtime/node')).sort()).toEqual(['LICENSE', 'bin', 'version'])
      expect(readdirSync(join(checkout.path, 'runtime')).sort()).toEqual(['node', 'package.json'])

      const again = await checkout.run('node', [...ENSURE, 'run'], { npm: 'none' })
      expect(again).toEqual({ code: 0, output: '' })
      rmSync(inModules('zod/package.json'))
      const damaged = await checkout.run('node', [...ENSURE, 'run'], { npm: 'none' })
      expect([damaged.code, damaged.output]).toEqual([
        3,
        expect.stringContaining('npm was called: ci --omit=dev'),
      ])
    },
    MINUTES,
  )
})

describe('what is installed', () => {
  it('has its hash in the lock file, the runtime of every platform too', () => {
    const packages = Object.entries(LOCK.packages as Record<string, { link?: true; integrity?: string }>)
    const without = packages.filter(
      ([path, { link, integrity }]) => path.includes('node_modules/') && !link && !integrity,
    )
    expect(without).toEqual([])
    const { optionalDependencies } = LOCK.packages.runtime
    for (const [name, version] of Object.entries(optionalDependencies))
      expect(LOCK.packages[`node_modules/${name}`]).toMatchObject({
        version,
        integrity: expect.stringMatching(/^sha512-/),
      })
  })

  it('is not asked for again, offline and on a file system that cannot be written', async () => {
    checkout = freshCheckout(OLD)
    pretendInstalled('all')
    for (const path of ['.', 'runtime', 'node_modules']) chmodSync(join(checkout.path, path), 0o555)
    for (const words of [['run'], []])
      expect(await checkout.run('node', [...ENSURE, ...words], { npm: 'none' })).toEqual({
        code: 0,
        output: '',
      })
    for (const path of ['.', 'runtime', 'node_modules']) chmodSync(join(checkout.path, path), 0o755)
  })

  it.each([
    [
      'npm test brings the rest, and leaves the runtime alone',
      'run',
      [],
      OLD,
      /ci --include=dev .*--workspaces=false/,
    ],
    [
      'npm start on a new Node fetches none',
      null,
      ['run'],
      { version: '24.1.0', napi: 10 },
      /ci --omit=dev .*--workspaces=false/,
    ],
    [
      'npm start on Node 22.14 fetches none',
      null,
      ['run'],
      { version: '22.14.0', napi: 10 },
      /ci --omit=dev .*--workspaces=false/,
    ],
    [
      'npm start on Node 22.12 does, which cannot load the database',
      null,
      ['run'],
      { version: '22.12.0', napi: 9 },
      /ci --omit=dev (?!.*--workspaces)/,
    ],
    ['npm start on an old Node does', null, ['run'], OLD, /ci --omit=dev (?!.*--workspaces)/],
  ] as const)('%s', async (_law, before, words, node, call) => {
    checkout = freshCheckout(node)
    if (before) pretendInstalled(before)
    const { code, output } = await checkout.run('node', [...ENSURE, ...words], { npm: 'none' })
    expect(code).toBe(3)
    expect(output).toMatch(call)
    expect(output).toContain('countersign: npm ci failed; nothing was started')
    expect(existsSync(join(checkout.path, 'runtime/node/bin/node'))).toBe(before !== null)
    expect(existsSync(join(checkout.path, 'runtime/installing'))).toBe(false)
  })
})
