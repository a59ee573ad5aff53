import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** How long the service is left alone before its memory is read, in milliseconds. */
const IDLE = 45_000

/**
 * Measures what the service holds when nobody uses it, started as `npm start` does it: right after the first start
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
    const first = await idleMemory(env)
    return {
      idle_seconds: IDLE / 1000,
      first_start_rss_mib: first,
      later_start_rss_mib: await idleMemory(env),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function idleMemory(env: NodeJS.ProcessEnv): Promise<number> {
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, IDLE))
    return residentMemory(server)
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

/** Reads the resident memory of a process in MiB; where the system tells it under `/proc`. */
function residentMemory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}
