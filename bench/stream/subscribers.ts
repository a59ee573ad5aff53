// Many subscribers in a process of their own: they note how long after it was asked for each event came.
import { openLightSocket } from './light-socket.ts'

/** The messages to the subscribers. */
export interface Subscription {
  url: string
  count: number
}

/** What they saw. */
export interface SubscriberFigures {
  kind: 'seen'
  received: number
  p50_ms: number
  p99_ms: number
  max_ms: number
  /** Whether every subscriber got the same number of events, and no number was left out. */
  complete: boolean
}

const LONGEST = 10_000
/** How often each lag, in tenths of a millisecond, was seen. */
let lags = new Uint32Array(LONGEST)
let received = 0
let last: number[] = []
let complete = true

process.on('message', async (message: Subscription | 'seen') => {
  if (message === 'seen') {
    complete &&= last.every((sequence) => sequence === last[0])
    const figures = { received, p50_ms: quantile(0.5), p99_ms: quantile(0.99), max_ms: quantile(1), complete }
    process.send?.({ kind: 'seen', ...figures } satisfies SubscriberFigures)
    lags = new Uint32Array(LONGEST)
    received = 0
    return
  }
  const { url, count } = message
  last = new Array<number>(count).fill(0)
  for (let index = 0; index < count; index += 1) await subscribe(url, index)
  process.send?.({ kind: 'subscribed' })
})

function subscribe(url: string, index: number): Promise<void> {
  const headers = { authorization: `Bearer subscriber-${index}` }
  return new Promise((resolve, reject) => {
    openLightSocket(url, headers, (bytes, start, end) => {
      if (bytes.readUInt8(start + KIND_AT) === EVENT) note(index, bytes, start, end)
      else resolve()
    }).catch(reject)
  })
}

const BEGINNING = '{"kind":"event","event":{"sequence":'
const KIND_AT = '{"kind":"'.length
const EVENT = 'e'.charCodeAt(0)
const AFTER = '"after":"'
/** When each event was asked for: read out of the first copy of it that comes. */
const askedAt = new Map<number, number>()

function note(index: number, bytes: Buffer, start: number, end: number): void {
  let sequence = 0
  for (let at = start + BEGINNING.length; ; at += 1) {
    const digit = bytes.readUInt8(at) - 48
    if (digit < 0 || digit > 9) break
    sequence = sequence * 10 + digit
  }
  if (last[index] !== 0 && sequence !== (last[index] ?? 0) + 1) complete = false
  last[index] = sequence
  const asked = askedAt.get(sequence) ?? readMoment(sequence, bytes.toString('utf8', start, end))
  const lag = performance.timeOrigin + performance.now() - asked
  const slot = Math.min(Math.max(Math.round(lag * 10), 0), LONGEST - 1)
  lags[slot] = (lags[slot] ?? 0) + 1
  received += 1
}

function readMoment(sequence: number, text: string): number {
  const at = text.lastIndexOf(AFTER) + AFTER.length
  const moment = Number(text.slice(at, text.indexOf('"', at)))
  askedAt.set(sequence, moment)
  return moment
}

function quantile(part: number): number {
  let seen = 0
  const slot = lags.findIndex((count) => {
    seen += count
    return seen > 0 && seen >= received * part
  })
  return slot / 10
}
