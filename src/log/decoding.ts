import type { RecordedEvent, StoredEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import type { KeyStore } from './key-store.ts'

/** Opens stored events with the keys that are still there; the others come back as erased. */
export async function decodeEvents(
  events: readonly StoredEvent[],
  log: string,
  keys: Pick<KeyStore, 'load'>,
): Promise<RecordedEvent[]> {
  const ids = new Set<string>()
  for (const event of events) if (event.key_id !== null) ids.add(event.key_id)
  const loaded = await keys.load([...ids])
  return events.map((event) =>
    decodeEvent(event, log, event.key_id === null ? null : (loaded.get(event.key_id) ?? null)),
  )
}
