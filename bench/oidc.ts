import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LoadFigures, load, medianRun } from './callers.ts'
import { DocumentClient } from './oidc/document-client.ts'
import type { ServerMessage } from './oidc/exchange.ts'
import { TokenClient } from './oidc/token-client.ts'

const CALLERS = 64
/** Codes a round: few enough that oidc-provider's in-memory adapter, which keeps 1000 entries, forgets none. */
const CODES = 128
const WARM_UP = 10
const ROUNDS = Number(process.env.COUNTERSIGN_BENCH_ROUNDS ?? 41)
/** How often a document is read in a round. */
const READS = 2_000

/** A server in a process of its own, and the way to its token endpoint. */
interface Contender {
  process: ChildProcess
  client: TokenClient
  documents: Record<DocumentName, DocumentClient>
  rounds: Record<'tokens' | DocumentName, LoadFigures[]>
}

type DocumentName = 'discovery' | 'jwks'

/**
 * Measures how many codes a second are exchanged and their tokens refreshed once, in turns with oidc-provider by
 * itself: its in-memory adapter neither syncs nor survives, ours does both. Then how often its discovery document and
 * its keys are read. Each server is a process of its own, and so is the load.
 */
export async function run(): Promise<Record<string, unknown>> {
  const contenders = [
    await start('bare-server.ts', { token: '/token', jwks: '/jwks' }),
    await start('own-server.ts', { token: '/oidc/token', jwks: '/oidc/jwks' }),
  ] as const
  try {
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      for (const contender of contenders) {
        const figures = await play(contender)
        if (round >= 0) contender.rounds.tokens.push(figures)
      }
      for (const name of ['discovery', 'jwks'] as const) {
        for (const { documents, rounds } of contenders) {
          const figures = await load(READS, CALLERS, () => documents[name].read())
          if (round >= 0) rounds[name].push(figures)
        }
      }
    }
  } finally {
    for (const { process, client, documents } of contenders) {
      client.close()
      documents.discovery.close()
      documents.jwks.close()
      process.disconnect()
    }
  }
  const compared = (name: keyof Contender['rounds']) => {
    const [bare, countersign] = contenders.map(({ rounds }) => medianRun(rounds[name])) as [
      LoadFigures,
      LoadFigures,
    ]
    return { bare, countersign, ratio: Math.round((countersign.per_second / bare.per_second) * 100) / 100 }
  }
  const [discovery, jwks] = [compared('discovery'), compared('jwks')]
  return { callers: CALLERS, rounds: ROUNDS, codes_a_round: CODES, ...compared('tokens'), discovery, jwks }
}

async function start(file: string, paths: { token: string; jwks: string }): Promise<Contender> {
  const process = fork(fileURLToPath(new URL(`oidc/${file}`, import.meta.url)))
  const message = await answer(process)
  if (!('port' in message)) throw new Error(`${file} did not say where it listens`)
  const { port } = message
  return {
    process,
    client: new TokenClient(port, paths.token, CALLERS),
    documents: {
      discovery: new DocumentClient(port, '/.well-known/openid-configuration'),
      jwks: new DocumentClient(port, paths.jwks),
    },
    rounds: { tokens: [], discovery: [], jwks: [] },
  }
}

async function play({ process, client }: Contender): Promise<LoadFigures> {
  process.send(CODES)
  const message = await answer(process)
  if (!('codes' in message)) throw new Error('No codes were made')
  const { codes } = message
  return load(CODES, CALLERS, async (index) => client.refresh(await client.exchange(codes[index] ?? '')))
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
