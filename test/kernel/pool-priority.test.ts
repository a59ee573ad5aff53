import { execFile } from 'node:child_process'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const MODULE = fileURLToPath(new URL('../../src/kernel/pool-priority.ts', import.meta.url))
/** Tells the priorities of the threads by their names: in a process of its own, since nothing takes them back. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs'
  import { readFile } from 'node:fs/promises'
  import { getPriority } from 'node:os'
  import { lowerPoolPriority } from ${JSON.stringify(MODULE)}
  await readFile('/proc/self/stat')
  const found = lowerPoolPriority()
  const threads = readdirSync('/proc/self/task').map((thread) => ({
    name: readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim(),
    priority: getPriority(Number(thread)),
  }))
  console.log(JSON.stringify({ found, threads }))
`

it('puts the threads of the pool behind, and no other', async () => {
  const options = { env: { ...process.env, UV_THREADPOOL_SIZE: '3' } }
  const arguments_ = ['--input-type=module', '-e', SCRIPT]
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, options)
  const { found, threads } = JSON.parse(stdout) as {
    found: number
    threads: { name: string; priority: number }[]
  }
  expect(found).toBe(3)
  for (const { name, priority } of threads) {
    expect({ name, priority }).toEqual({ name, priority: getPriority() + (name === 'libuv-worker' ? 10 : 0) })
  }
})
