import type { RecordedEvent, StoredEvent } from '../../events/envelope.ts'
import { closedStreams } from '../../events/streams.ts'
import type { GiveWay } from '../../kernel/loop-share.ts'
import { decodeEvents } from '../../log/decode-events.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'
import type { LogReading } from '../../log/port.ts'
import { type AuditEvent, presentEvent } from '../../projections/audit/present.ts'
import { encodeFrame } from './frames.ts'

/** An event ready to be sent to any subscriber. */
export interface FeedEvent {
  shown: AuditEvent
  frame: Buffer
  /** Whether it shows data that must disappear when its stream is closed. */
  sealed: boolean
  /** The streams that it closes permanently. */
  closes: readonly string[]
}

/** What reading events needs. */
export interface EventReading {
  log: LogReading
  keys: Pick<KeyStore, 'load'>
}

/** Decrypts stored events and makes them ready to be sent. */
export async function readyEvents(
  stored: readonly StoredEvent[],
  { log, keys }: EventReading,
  giveWay: GiveWay,
): Promise<FeedEvent[]> {
  const events: FeedEvent[] = []
  for (const event of await decodeEvents(stored, log, keys, giveWay)) {
    const pause = giveWay()
    if (pause) await pause
    const hash = log.hashOf(event.position)
    if (!hash) throw new Error(`Event ${event.sequence} is in no commit`)
    events.push(ready(presentEvent(event, hash), event))
  }
  return events
}

/** Removes the data from an event whose person was erased after it was made ready. */
export function withoutData(event: FeedEvent): FeedEvent {
  const shown = { ...event.shown, data: { erased: true } }
  return { shown, frame: encodeFrame({ kind: 'event', event: shown }), sealed: false, closes: [] }
}

function ready(shown: AuditEvent, event: RecordedEvent): FeedEvent {
  return {
    shown,
    frame: encodeFrame({ kind: 'event', event: shown }),
    sealed: event.key_id !== null && !event.erased,
    closes: event.erased ? [] : closedStreams(event),
  }
}
