import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LoadFigures, load, medianRun } from './callers.ts'
import type { ServerMessage } from './oidc/exchange.ts'
import { TokenClient } from './oidc/token-client.ts'

const CALLERS = 64
/** Codes a round: few enough that oidc-provider's in-memory adapter, which keeps 1000 entries, forgets none. */
const CODES = 128
const ROUNDS = Number(process.env.COUNTERSIGN_BENCH_ROUNDS ?? 15)

/** A server in a process of its own, and the way to its token endpoint. */
interface Contender {
  process: ChildProcess
  client: TokenClient
  exchanges: LoadFigures[]
  refreshes: LoadFigures[]
}

/**
 * Measures code exchanges and refreshes, in turns with oidc-provider by itself: its in-memory adapter neither syncs
 * nor survives, ours does both. Each server is a process of its own; so is the load.
 */
export async function run(): Promise<Record<string, unknown>> {
  const bare = await start('bare-server.ts', '/token')
  const own = await start('own-server.ts', '/oidc/token')
  try {
    for (let round = 0; round < 3; round += 1) for (const contender of [bare, own]) await play(contender)
    for (const { exchanges, refreshes } of [bare, own]) exchanges.length = refreshes.length = 0
    for (let round = 0; round < ROUNDS; round += 1) for (const contender of [bare, own]) await play(contender)
  } finally {
    for (const { process, client } of [bare, own]) {
      client.close()
      process.disconnect()
    }
  }
  const figures = ({ exchanges, refreshes }: Contender) => ({
    exchange: medianRun(exchanges),
    refresh: medianRun(refreshes),
  })
  const [theirs, ours] = [figures(bare), figures(own)]
  return {
    callers: CALLERS,
    rounds: ROUNDS,
    bare: theirs,
    countersign: ours,
    exchange_ratio: ratio(ours.exchange, theirs.exchange),
    refresh_ratio: ratio(ours.refresh, theirs.refresh),
  }
}

async function start(file: string, path: string): Promise<Contender> {
  const process = fork(fileURLToPath(new URL(`oidc/${file}`, import.meta.url)))
  const message = await answer(process)
  if (!('port' in message)) throw new Error(`${file} did not say where it listens`)
  return { process, client: new TokenClient(message.port, path, CALLERS), exchanges: [], refreshes: [] }
}

async function play({ process, client, exchanges, refreshes }: Contender): Promise<void> {
  process.send(CODES)
  const message = await answer(process)
  if (!('codes' in message)) throw new Error('No codes were made')
  const { codes } = message
  const tokens: string[] = []
  exchanges.push(
    await load(CODES, CALLERS, async (index) => {
      tokens[index] = await client.exchange(codes[index] ?? '')
    }),
  )
  refreshes.push(await load(CODES, CALLERS, (index) => client.refresh(tokens[index] ?? '')))
}

function answer(process: ChildProcess): Promise<ServerMessage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(new Error(`A server of the benchmark ended with code ${code}`))
    process.once('exit', ended)
    process.once('message', (message) => {
      process.off('exit', ended)
      resolve(message as ServerMessage)
    })
  })
}

const ratio = (ours: LoadFigures, theirs: LoadFigures) =>
  Math.round((ours.per_second / theirs.per_second) * 100) / 100
