import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quantile } from './callers.ts'
import { type AccountClass, CLASSES, makeAccounts, nameOf } from './sequences/accounts.ts'
import { loopbackAddress, PageClient } from './signin/page-client.ts'
import type { ServerWord } from './signin/server.ts'

/** How often each class of account is asked for, in each sequence. */
const SAMPLES = Number(process.env.COUNTERSIGN_BENCH_SAMPLES ?? 150)

/** What somebody asks for with a name; what is measured is how long the request after it takes. */
const REQUESTS = {
  link: (client: PageClient, username: string) => client.submit('/login/link', { username }),
  password: (client: PageClient, username: string) =>
    client.submit('/login', { username, password: 'some other words altogether' }),
} as const
const CONNECTIONS = ['same', 'other'] as const

/**
 * Measures whether the request that follows one with a name reveals whether the name exists: a sign-in page and the
 * options of a passkey, at once after a request for a mailed link or a wrong password, on the same connection and on
 * another. The classes take turns in random order; the figure is the chance that a longer time means an account (AUC).
 */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(
    join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-sequences-'),
  )
  await makeAccounts(directory, SAMPLES)
  // What it prints are the mails.
  const server = fork(fileURLToPath(new URL('signin/server.ts', import.meta.url)), [directory], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const port = await portOf(server)
    const figures: Record<string, unknown> = {}
    let address = 0
    for (const [what, ask] of Object.entries(REQUESTS)) {
      for (const connection of CONNECTIONS) {
        const times: Record<AccountClass, number[]> = { unknown: [], known: [], deactivated: [] }
        for (let sample = 0; sample < SAMPLES; sample += 1) {
          for (const of of shuffled(CLASSES)) {
            address += 1
            const time = await follow(port, address, connection, (client) => ask(client, nameOf(of, sample)))
            times[of].push(time)
          }
        }
        figures[`${what}, ${connection} connection`] = {
          samples: SAMPLES,
          unknown_p50_ms: quantile(times.unknown, 0.5),
          known_p50_ms: quantile(times.known, 0.5),
          auc_known: areaUnderCurve(times.known, times.unknown),
          auc_deactivated: areaUnderCurve(times.deactivated, times.unknown),
        }
      }
    }
    return figures
  } finally {
    server.disconnect()
    await new Promise((resolve) => server.once('exit', resolve))
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Asks, and measures what comes after it. */
async function follow(
  port: number,
  address: number,
  connection: (typeof CONNECTIONS)[number],
  ask: (client: PageClient) => Promise<unknown>,
): Promise<number> {
  const asking = new PageClient(port, loopbackAddress(address))
  const following = connection === 'same' ? asking : new PageClient(port, loopbackAddress(address))
  await asking.open()
  if (following !== asking) await following.open()
  await ask(asking)
  const begun = performance.now()
  await following.get('/login')
  await following.post('/login/passkey/options', {})
  const time = performance.now() - begun
  asking.close()
  following.close()
  return time
}

/** The chance that one of the first takes longer than one of the second; 0.5 when they cannot be distinguished. */
function areaUnderCurve(first: readonly number[], second: readonly number[]): number {
  let wins = 0
  for (const one of first) {
    for (const other of second) wins += one > other ? 1 : one === other ? 0.5 : 0
  }
  return Math.round((wins / (first.length * second.length)) * 1000) / 1000
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item)
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error('The server of the benchmark ended')))
    server.once('message', (message: ServerWord) => {
      if ('port' in message) resolve(message.port)
      else reject(new Error('The server said something else'))
    })
  })
}
