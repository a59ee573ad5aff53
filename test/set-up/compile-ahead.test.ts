import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { MEMORY_FLAGS, memoryEnvironment } from '../../src/kernel/memory-flags.ts'
import { temporaryDirectory } from '../support/installation.ts'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const compiled = temporaryDirectory()
afterAll(() => compiled.remove())

/** Starts an entry of the service with a setting that it refuses; returns what Node says about the code it loads. */
function loadedBy(entry: string): string {
  const env = memoryEnvironment({
    ...process.env,
    NODE_COMPILE_CACHE: compiled.path,
    NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
    OIDC_OP_PORT: 'none',
  })
  const { stdout, stderr } = spawnSync(process.execPath, [...MEMORY_FLAGS, file(entry)], {
    env,
    encoding: 'utf8',
  })
  return stdout + stderr
}

/** Starts an entry as `loadedBy` does; returns our sources that had to be compiled. */
function compiledBy(entry: string): string[] {
  const types = loadedBy(entry).matchAll(
    /(no transpile cache|retrieving transpile cache) for \S+ (\S+?)(?=\s|\.\.\.)/g,
  )
  const found = [...types]
  expect(found.length, 'sources that were loaded').toBeGreaterThan(0)
  return found.flatMap(([, what, path]) => (what === 'no transpile cache' && path ? [path] : []))
}

const ENTRIES = ['src/main.ts', 'src/storage/writer-thread.ts', 'src/storage/upkeep-thread.ts']

it('leaves nothing to be compiled by a start', () => {
  spawnSync(process.execPath, [file('scripts/compile-ahead.ts')], {
    env: { ...process.env, NODE_COMPILE_CACHE: compiled.path },
  })
  for (const entry of ENTRIES) expect(compiledBy(entry)).toEqual([])
}, 60_000)

// Either takes several megabytes in each thread that loads it.
it.each([
  { name: 'the driver of MongoDB', module: '/node_modules/mongodb/', entries: ENTRIES },
  { name: 'the schemas', module: '/node_modules/zod/', entries: ['src/storage/upkeep-thread.ts'] },
])(
  'loads $name only where it is used',
  ({ module, entries }) => {
    for (const entry of entries) {
      const loaded = loadedBy(entry)
      expect(loaded).toContain('/node_modules/better-sqlite3/')
      expect(loaded).not.toContain(module)
    }
  },
  60_000,
)
