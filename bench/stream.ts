import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerFigures } from './stream/server.ts'
import type { SubscriberFigures } from './stream/subscribers.ts'

const SUBSCRIBERS = Number(process.env.COUNTERSIGN_BENCH_SUBSCRIBERS ?? 1_000)
const PER_SECOND = 100
const SECONDS = Number(process.env.COUNTERSIGN_BENCH_SECONDS ?? 10)
const WARM_UP = 2
/** How long after the load the last events may take to come, in milliseconds. */
const SETTLING = 1_000

const STREAM = '/api/admin/events/stream'

/** Measures how soon 1,000 subscribers see events that are made at a rate of 100 a second. */
export async function run(): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(process.env.COUNTERSIGN_BENCH_DIR ?? tmpdir(), 'countersign-bench-'))
  const server = start('server.ts', directory)
  const subscribers = start('subscribers.ts')
  try {
    const { url } = await answer<{ url: string }>(server, 'listening')
    subscribers.send({ url: `${url}${STREAM}`, count: SUBSCRIBERS })
    await answer(subscribers, 'subscribed')
    await measure(server, subscribers, WARM_UP)
    const figures = await measure(server, subscribers, SECONDS)
    server.send('close')
    return { subscribers: SUBSCRIBERS, events_per_second: PER_SECOND, seconds: SECONDS, ...figures }
  } finally {
    subscribers.kill()
    await ended(server)
    rmSync(directory, { recursive: true })
  }
}

async function measure(server: ChildProcess, subscribers: ChildProcess, seconds: number) {
  server.send({ perSecond: PER_SECOND, seconds })
  const { kind: _done, events, ...load } = await answer<ServerFigures>(server, 'done')
  await pause(SETTLING)
  subscribers.send('seen')
  const { kind: _seen, received, ...seen } = await answer<SubscriberFigures>(subscribers, 'seen')
  return { events, expected: events * SUBSCRIBERS, received, ...seen, server: rounded(load) }
}

function start(script: string, ...given: string[]): ChildProcess {
  return fork(new URL(`./stream/${script}`, import.meta.url), given, { stdio: ['ignore', 2, 2, 'ipc'] })
}

/** Waits for the message of a kind; a process that ends first has failed. */
function answer<T>(child: ChildProcess, kind: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const listen = (message: { kind: string } & T) => {
      if (message.kind !== kind) return
      child.off('message', listen)
      resolve(message)
    }
    child.on('message', listen)
    child.once('exit', (code) => reject(new Error(`A process of the benchmark ended with ${code}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const done = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  return done.finally(() => clearTimeout(timer))
}

function rounded(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]),
  )
}
