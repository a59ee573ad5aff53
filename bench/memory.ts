import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** How long the service is left alone before its memory is read, in milliseconds. */
const IDLE = 45_000
/** For how long it is then counted how often it wakes, in milliseconds. */
const COUNTED = 60_000
/** How many of the kernel's clock ticks a second has, as `/proc` counts processor time. */
const TICKS = 100

/**
 * Measures what the service holds and how often it wakes when nobody uses it, started as `npm start` does it: right after the first start
 * of an installation, and after a later one, which finds compiled code.
 */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(
    join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-memory-'),
  )
  try {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      OIDC_OP_DATA_DIR: directory,
      OIDC_OP_PORT: '0',
      OIDC_OP_LOG_LEVEL: 'warn',
    }
    const first = await idleService(env)
    const later = await idleService(env)
    return {
      idle_seconds: IDLE / 1000,
      first_start_rss_mib: first.rss,
      later_start_rss_mib: later.rss,
      wakes_per_minute: later.wakes,
      processor_ms_per_minute: later.processor,
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function idleService(env: NodeJS.ProcessEnv) {
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, IDLE))
    const rss = residentMemory(server)
    const [wakes, processor] = [wakesByThread(server), processorTime(server)]
    await new Promise((resolve) => setTimeout(resolve, COUNTED))
    const later = [...wakesByThread(server)].map(([thread, count]) => count - (wakes.get(thread) ?? 0))
    return {
      rss,
      wakes: later.reduce((sum, count) => sum + count, 0),
      processor: processorTime(server) - processor,
    }
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

/** Reads the resident memory of a process in MiB; where the system has `/proc`. */
function residentMemory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}

/** Counts how often each thread of a process gave up the processor by itself: each time, something woke it before. */
function wakesByThread({ pid }: ChildProcess): Map<string, number> {
  const threads = readdirSync(`/proc/${pid}/task`)
  return new Map(
    threads.map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
      return [thread, Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])]
    }),
  )
}

/** Reads how long a process had the processor, in milliseconds. */
function processorTime({ pid }: ChildProcess): number {
  // After the name, which is in parentheses and may hold spaces, the fields 14 and 15 count it in ticks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}
