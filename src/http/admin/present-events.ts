import type { StoredEvent } from '../../events/envelope.ts'
import { decodeEvents } from '../../log/decoding.ts'
import type { KeyStore } from '../../log/key-store.ts'
import type { LogReading } from '../../log/port.ts'
import { type AuditEvent, presentEvent } from '../../projections/audit/present.ts'

/** Opens stored events and shows them as everybody outside gets to see them. */
export async function presentEvents(
  stored: readonly StoredEvent[],
  { log, keys }: { log: Pick<LogReading, 'id' | 'hashOf'>; keys: Pick<KeyStore, 'load'> },
): Promise<AuditEvent[]> {
  const events = await decodeEvents(stored, log.id, keys)
  const hashes = new Map<number, Uint8Array>()
  return events.map((event) => {
    const hash = hashes.get(event.position) ?? log.hashOf(event.position)
    if (!hash) throw new Error(`Event ${event.sequence} is in no commit`)
    hashes.set(event.position, hash)
    return presentEvent(event, hash)
  })
}
