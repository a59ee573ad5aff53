import type { RecordedEvent, StoredEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { type GiveWay, keepGoing } from '../kernel/loop-share.ts'
import { KeyRing } from './keys/key-ring.ts'
import type { KeyStore } from './keys/key-store.ts'
import type { LogReading } from './port.ts'

/** How many keys are opened in one step. */
const KEYS_AT_ONCE = 64

/** The log of the events, and whether it has ended their streams. */
type EventLog = Pick<LogReading, 'id' | 'hasEnded'>

/**
 * Decrypts stored events with the keys that still exist. The others are returned as erased, or as lost when no event
 * has ended their stream.
 *
 * @param giveWay called between two steps; each step blocks the event loop for a millisecond or two.
 */
export async function decodeEvents(
  events: readonly StoredEvent[],
  log: EventLog,
  keys: Pick<KeyStore, 'load'>,
  giveWay: GiveWay = keepGoing,
): Promise<RecordedEvent[]> {
  const ring = new KeyRing(keys)
  const decoded: RecordedEvent[] = []
  for (let from = 0; from < events.length; from += KEYS_AT_ONCE) {
    await giveWay()
    const some = events.slice(from, from + KEYS_AT_ONCE)
    await ring.gather(some.map(({ key_id }) => key_id))
    for (const event of some) {
      const pause = giveWay()
      if (pause) await pause
      const opened = decodeEvent(event, log.id, ring.get(event.key_id))
      decoded.push(opened.erased && !log.hasEnded(opened) ? { ...opened, lost: true } : opened)
    }
  }
  return decoded
}
