import type { StoredEvent } from '../../events/envelope.ts'
import { type GiveWay, keepGoing } from '../../kernel/loop-share.ts'
import { decodeEvents } from '../../log/decode-events.ts'
import type { KeyStore } from '../../log/keys/key-store.ts'
import type { LogReading } from '../../log/port.ts'
import { type AuditEvent, presentEvent } from '../../projections/audit/present.ts'

/** How many events are read from the log in one step. */
const READ_AT_ONCE = 64
/** After how many characters of stored payloads a page ends, however many events were asked for. */
const LARGEST_PAGE = 1024 * 1024

/** What reading events needs. */
export interface EventSource {
  log: Pick<LogReading, 'id' | 'hashOf' | 'hasEnded' | 'eventsAt'>
  keys: Pick<KeyStore, 'load'>
}

/** Decrypts stored events and shows them in the form of the API. */
export async function presentEvents(
  stored: readonly StoredEvent[],
  { log, keys }: Omit<EventSource, 'log'> & { log: Pick<LogReading, 'id' | 'hashOf' | 'hasEnded'> },
  giveWay: GiveWay = keepGoing,
): Promise<AuditEvent[]> {
  const events = await decodeEvents(stored, log, keys, giveWay)
  const hashes = new Map<number, Uint8Array>()
  return events.map((event) => {
    const hash = hashes.get(event.position) ?? log.hashOf(event.position)
    if (!hash) throw new Error(`Event ${event.sequence} is in no commit`)
    hashes.set(event.position, hash)
    return presentEvent(event, hash)
  })
}

/** Reads and shows the first of these events that fit into a page: at least one, and all of them unless they are large. */
export async function presentPage(
  sequences: readonly number[],
  source: EventSource,
  giveWay: GiveWay,
): Promise<AuditEvent[]> {
  const items: AuditEvent[] = []
  let characters = 0
  for (let from = 0; from < sequences.length; from += READ_AT_ONCE) {
    await giveWay()
    const stored = source.log.eventsAt(sequences.slice(from, from + READ_AT_ONCE), LARGEST_PAGE)
    const tooMuch = stored.findIndex(({ payload }, index) => {
      characters += payload.length
      return characters > LARGEST_PAGE && from + index > 0
    })
    items.push(...(await presentEvents(tooMuch < 0 ? stored : stored.slice(0, tooMuch), source, giveWay)))
    if (tooMuch >= 0) break
  }
  return items
}
