import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InstallationFiles } from '../src/log/sqlite/inspection.ts'
import { openThreadedStorage } from '../src/storage/open.ts'
import { type LoadFigures, load, quantile } from './callers.ts'
import { fill } from './core/million.ts'
import { register } from './core/registrations.ts'

const CALLERS = 64
const ROUNDS = 5
const COUNT = Number(process.env.COUNTERSIGN_BENCH_COUNT ?? 20_000) / 2
const SHORT_LOG = 40_000
const LONG_LOG = Number(process.env.COUNTERSIGN_BENCH_EVENTS ?? 1_000_000)

/** Measures registrations with a short and a long log, alternately: how much slower the slowest hundredth gets. */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-'))
  try {
    const short = filesIn(join(directory, 'short'))
    const long = filesIn(join(directory, 'long'))
    await fill(short, SHORT_LOG)
    const events = await fill(long, LONG_LOG)
    const runs: { short: LoadFigures; long: LoadFigures }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      runs.push({
        short: await registrations(short, `short-${round}`),
        long: await registrations(long, `long-${round}`),
      })
    }
    const p99 = (side: 'short' | 'long') =>
      quantile(
        runs.map((run) => run[side].p99_ms),
        0.5,
      )
    const rate = (side: 'short' | 'long') =>
      quantile(
        runs.map((run) => run[side].per_second),
        0.5,
      )
    return {
      callers: CALLERS,
      short: { events: SHORT_LOG, per_second: rate('short'), p99_ms: p99('short') },
      long: { events, per_second: rate('long'), p99_ms: p99('long') },
      p99_ratio: quantile(
        runs.map((run) => run.long.p99_ms / run.short.p99_ms),
        0.5,
      ),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function registrations(files: InstallationFiles, name: string): Promise<LoadFigures> {
  const storage = await openThreadedStorage(files, (error) => {
    throw error
  })
  try {
    await load(COUNT / 10, CALLERS, (index) => register(storage, `${name}-warm-${index}`))
    return await load(COUNT, CALLERS, (index) => register(storage, `${name}-${index}`))
  } finally {
    await storage.close()
  }
}

function filesIn(directory: string): InstallationFiles {
  mkdirSync(directory)
  return {
    database: join(directory, 'oidc_op.db'),
    keys: join(directory, 'keys.db'),
    masterKeyFile: join(directory, 'master.key'),
    masterKey: null,
  }
}
