import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import * as argon2 from 'argon2'
import { type LoadFigures, load, medianRun, quantile } from './callers.ts'
import { loopbackAddress, PageClient } from './signin/page-client.ts'
import { MACHINE, makePeople, PASSWORD, type Person } from './signin/people.ts'
import type { ServerWord } from './signin/server.ts'

const PEOPLE = 64
/** Keeps a queue before argon2, as under the load that the limit is about. */
const PASSWORD_CALLERS = 32
const ROUNDS = Number(process.env.COUNTERSIGN_BENCH_ROUNDS ?? 9)
const WARM_UP = 2
/** Passwords a round. */
const PASSWORDS = 240
const PASSKEYS = 1000
/** A token is asked for this often while passwords are judged, seldom enough to be no load of its own; milliseconds. */
const TOKEN_INTERVAL = 200

/**
 * Measures sign-ins through the pages: by password in turns with argon2 alone on all cores, with token requests of a
 * machine in between; and by passkey, with real signatures. The server is a process of its own.
 */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(
    join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-signin-'),
  )
  const { people, passwordHash } = await makePeople(directory, PEOPLE)
  const server = fork(fileURLToPath(new URL('signin/server.ts', import.meta.url)), [directory])
  try {
    const { port } = await word(server, 'port')
    const clients = await openClients(port)
    const [bare, passwords]: [LoadFigures[], LoadFigures[]] = [[], []]
    const tokens: number[] = []
    const idle = await memory(server)
    let most = idle
    for (let round = 0; round < WARM_UP; round += 1) await passwordRound(clients, people, PASSWORDS)
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await load(PASSWORDS, availableParallelism(), () => argon2.verify(passwordHash, PASSWORD)))
      const asking = askForTokens(port, tokens)
      passwords.push(await passwordRound(clients, people, PASSWORDS))
      await asking.stop()
      most = Math.max(most, await memory(server))
    }
    const passkeys: LoadFigures[] = []
    for (let round = 0; round < ROUNDS + 1; round += 1) {
      passkeys.push(await load(PASSKEYS, PEOPLE, (index) => signInWithPasskey(clients, people, index)))
    }
    for (const client of clients) client.close()
    // Each round is compared with the limit just before it: over the whole run the machine's own speed changes.
    const ratios = passwords.map((own, round) => own.per_second / (bare[round]?.per_second ?? Number.NaN))
    return {
      rounds: ROUNDS,
      argon2_limit: medianRun(bare),
      password: medianRun(passwords),
      password_ratio: Math.round(quantile(ratios, 0.5) * 100) / 100,
      token_meanwhile: {
        count: tokens.length,
        p50_ms: quantile(tokens, 0.5),
        p99_ms: quantile(tokens, 0.99),
      },
      passkey: medianRun(passkeys.slice(1)),
      rss_mib: { idle, most_under_passwords: most },
    }
  } finally {
    server.disconnect()
    await new Promise((resolve) => server.once('exit', resolve))
    rmSync(directory, { recursive: true, force: true })
  }
}

function openClients(port: number): Promise<PageClient[]> {
  return Promise.all(
    Array.from({ length: PEOPLE }, async (_, index) => {
      const client = new PageClient(port, loopbackAddress(index))
      await client.open()
      return client
    }),
  )
}

function passwordRound(clients: readonly PageClient[], people: readonly Person[], count: number) {
  return load(count, PASSWORD_CALLERS, async (index) => {
    const { client, person } = at(clients, people, index)
    const { status } = await client.submit('/login', { username: person.username, password: PASSWORD })
    if (status !== 303) throw new Error(`A password was answered with ${status}`)
  })
}

async function signInWithPasskey(clients: readonly PageClient[], people: readonly Person[], index: number) {
  const { client, person } = at(clients, people, index)
  const options = await client.post<PublicKeyCredentialRequestOptionsJSON>('/login/passkey/options', {})
  const response = person.authenticator.authenticate(options)
  await client.post('/login/passkey', { response })
}

function at(clients: readonly PageClient[], people: readonly Person[], index: number) {
  const [client, person] = [clients[index % clients.length], people[index % people.length]]
  if (!client || !person) throw new Error('Nobody is there')
  return { client, person }
}

/** Asks for a token at a steady pace, one after the other, and notes how long each took. */
function askForTokens(port: number, waits: number[]): { stop(): Promise<void> } {
  const client = new PageClient(port)
  let going = true
  const asking = (async () => {
    while (going) {
      const begun = performance.now()
      const fields = { grant_type: 'client_credentials', scope: 'admin', ...MACHINE }
      const { status, body } = await client.submit('/oidc/token', fields)
      if (status !== 200) throw new Error(`No token: ${status} ${body}`)
      waits.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, TOKEN_INTERVAL))
    }
  })()
  return {
    async stop() {
      going = false
      await asking
      client.close()
    },
  }
}

async function memory(server: ChildProcess): Promise<number> {
  server.send('memory')
  return (await word(server, 'rss_mib')).rss_mib
}

function word<K extends 'port' | 'rss_mib'>(server: ChildProcess, key: K): Promise<Record<K, number>> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('The server of the benchmark ended'))
    server.once('exit', ended)
    server.once('message', (message: ServerWord) => {
      server.off('exit', ended)
      if (key in message) resolve(message as Record<K, number>)
      else reject(new Error('The server said something else'))
    })
  })
}
