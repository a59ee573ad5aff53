import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { fetchAccessToken } from './access-token.ts'
import { type Cursor, readCursor, writeCursor } from './cursor.ts'
import { eventLine, type WatchedEvent } from './event-line.ts'
import { NotAllowed } from './not-allowed.ts'
import type { WatcherSettings } from './settings.ts'

type Frame =
  | { kind: 'event'; event: WatchedEvent }
  | { kind: 'caught_up' | 'progress'; sequence: number }
  | { kind: 'reset'; log: string; epoch: number }

/** The close code of one who may not read, or may not any more. */
const NOT_ALLOWED = 4403
/** How long to wait before connecting again, in milliseconds. */
const PAUSE = 1_000
/** How long the server has to answer when we close the connection, in milliseconds. */
const PATIENCE = 1_000

/**
 * Shows events until the signal aborts, whatever it waits for at that moment. When the connection breaks off, it goes on behind the last event.
 *
 * @throws NotAllowed when the client may not read the audit trail.
 */
export async function watchEvents(
  settings: WatcherSettings,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const end = await watchOnce(settings, print, signal).catch((error: unknown) => {
      if (error instanceof NotAllowed) throw error
      return error instanceof Error ? error.message : String(error)
    })
    if (signal.aborted) return
    print(`${end}; trying again`)
    await pause(PAUSE, undefined, { signal }).catch(() => undefined)
  }
}

/** Reads one connection to its end, and says how it ended. */
async function watchOnce(
  settings: WatcherSettings,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const token = await fetchAccessToken(settings, signal)
  let cursor = readCursor(settings.cursorFile) ?? (await fetchHead(settings, token, signal))
  signal.throwIfAborted()
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(streamAddress(settings, cursor), { headers })
  const end = () => {
    socket.close()
    setTimeout(() => socket.terminate(), PATIENCE).unref()
  }
  signal.addEventListener('abort', end)

  const take = (frame: Frame) => {
    if (frame.kind === 'event') print(eventLine(frame.event))
    if (frame.kind === 'caught_up') print(`watching, from event ${frame.sequence} on`)
    if (frame.kind === 'reset') print('the log is another one than before: starting from its beginning')
    cursor = cursorBehind(frame, cursor)
    writeCursor(settings.cursorFile, cursor)
  }
  return new Promise<string>((resolve, reject) => {
    socket.on('message', (data) => take(JSON.parse(data.toString()) as Frame))
    socket.on('error', reject)
    socket.on('close', (code, reason) => {
      if (code === NOT_ALLOWED) reject(new NotAllowed('The client may not read the audit trail'))
      else resolve(`connection closed: ${code} ${reason.toString()}`)
    })
  }).finally(() => signal.removeEventListener('abort', end))
}

function streamAddress({ issuer, filter }: WatcherSettings, { log, epoch, sequence }: Cursor): string {
  const query = new URLSearchParams(filter)
  query.set('after', String(sequence))
  // With these the server notices when the cursor is of a log that was restored or replaced since.
  query.set('log', log)
  query.set('epoch', String(epoch))
  return `${issuer.replace(/^http/, 'ws')}/api/admin/events/stream?${query}`
}

function cursorBehind(frame: Frame, cursor: Cursor): Cursor {
  switch (frame.kind) {
    case 'event':
      return { ...cursor, sequence: frame.event.sequence }
    case 'reset':
      return { log: frame.log, epoch: frame.epoch, sequence: 0 }
    default:
      return { ...cursor, sequence: frame.sequence }
  }
}

/** Asks where the log ends: the first run begins there. */
async function fetchHead({ issuer }: WatcherSettings, token: string, signal: AbortSignal): Promise<Cursor> {
  const response = await fetch(`${issuer}/api/admin/audit/head`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  })
  if (!response.ok) throw new NotAllowed(`The client may not read the audit trail: ${response.status}`)
  const { log, epoch, sequence } = (await response.json()) as Cursor
  return { log, epoch, sequence }
}
