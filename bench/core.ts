import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, SYSTEM_ACTOR } from '../src/commands/command.ts'
import { rebuildReadModels } from '../src/integrity/rebuild.ts'
import { newId } from '../src/kernel/ids.ts'
import { systemRandom } from '../src/kernel/random.ts'
import type { InstallationFiles } from '../src/log/sqlite/inspection.ts'
import { openThreadedStorage, type Storage } from '../src/storage/open.ts'
import { load, medianRun, quantile } from './callers.ts'
import { bareLoop } from './core/bare-loop.ts'
import { fill, startTime } from './core/million.ts'
import { register } from './core/registrations.ts'

const CALLERS = 64
const RUNS = 3
const COUNT = Number(process.env.COUNTERSIGN_BENCH_COUNT ?? 20_000)
const LONG_LOG = Number(process.env.COUNTERSIGN_BENCH_EVENTS ?? 1_000_000)

/**
 * Measures the core on SQLite: the bare driver, the engine, the documents, a rebuild, and a start. The rebuild is
 * measured twice: of a long log in which one event in ten is a new person, and of a short one that is half of them.
 */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-'))
  try {
    const files = {
      database: join(directory, 'oidc_op.db'),
      keys: join(directory, 'keys.db'),
      masterKeyFile: join(directory, 'master.key'),
      masterKey: null,
    }
    const bare = await rounds(async () => bareLoop(directory, COUNT))
    const engine = await measureEngine(files)
    const rebuild_of_newcomers = await measureRebuild(files)
    const events = await fill(files, LONG_LOG)
    const rebuild = await measureRebuild(files)
    const start_ms = await startTime(files)
    const ratio = Math.round((engine.registrations.per_second / bare) * 1000) / 1000
    return {
      callers: CALLERS,
      bare_loop_per_second: bare,
      registrations_to_bare_loop: ratio,
      ...engine,
      rebuild,
      rebuild_of_newcomers,
      start: { events, ready_ms: start_ms },
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function measureEngine(files: InstallationFiles) {
  const storage = await openThreadedStorage(files, fail)
  try {
    let people = 0
    const userids: string[] = []
    const registration = async () => {
      people += 1
      userids.push(await register(storage, `person-${people}`))
    }
    await load(COUNT / 10, CALLERS, registration)
    const registrations = medianRun(await repeat(() => load(COUNT, CALLERS, registration)))
    const change = (index: number) => changeProfile(storage, userids, index)
    await load(COUNT / 10, CALLERS, change)
    const light = medianRun(await repeat(() => load(COUNT, CALLERS, change)))
    const alone = await load(500, 1, change)
    const documents = medianRun(await repeat(() => load(COUNT, CALLERS, () => storeCode(storage))))
    return {
      registrations,
      light_commands: light,
      lone_caller_p50_ms: alone.p50_ms,
      document_writes: documents,
    }
  } finally {
    await storage.close()
  }
}

function changeProfile(storage: Storage, userids: readonly string[], index: number): Promise<unknown> {
  const userid = userids[index % userids.length] ?? ''
  const input = { userid, changes: { nickname: `nick-${newId()}` } }
  return storage.commands.submit(command('change-user', input, SYSTEM_ACTOR))
}

/** Writes what an authorization code leaves: some 600 bytes, under a grant and an account. */
function storeCode(storage: Storage): Promise<void> {
  const code = Buffer.from(systemRandom(32)).toString('base64url')
  const payload = { kind: 'AuthorizationCode', scope: 'openid profile email', claims: 'c'.repeat(500) }
  return storage.documents.upsert('AuthorizationCode', code, payload, Date.now() + 60_000, {
    account: 'lusab-babad',
    grant: newId(),
  })
}

async function measureRebuild(files: InstallationFiles) {
  const rates: number[] = []
  let events = 0
  for (let round = 0; round < RUNS; round += 1) {
    const begun = performance.now()
    events = (await rebuildReadModels(files)).events
    rates.push(events / ((performance.now() - begun) / 1000))
  }
  return { events, per_second: Math.round(quantile(rates, 0.5)) }
}

async function repeat<T>(work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let round = 0; round < RUNS; round += 1) results.push(await work())
  return results
}

async function rounds(work: () => Promise<number>): Promise<number> {
  return quantile(await repeat(work), 0.5)
}

function fail(error: unknown): never {
  throw error
}
