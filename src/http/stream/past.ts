import type { StoredEvent } from '../../events/envelope.ts'
import type { GiveWay } from '../../kernel/loop-share.ts'
import type { Views } from '../../projections/views.ts'
import { CHUNK_BYTES, CHUNK_EVENTS, type Chunk, chunkOf, fitting } from './chunk.ts'
import { type EventReading, readyEvents } from './feed-event.ts'
import type { EventFilter } from './filter.ts'

/**
 * Reads past events from the log: wanted ones after `after`, and none after `bound`. With a filter the index of the
 * audit trail finds them, so that a rare event is found without decrypting all others.
 */
export async function readPast(
  deps: EventReading & { views: Pick<Views, 'audit'> },
  filter: EventFilter | null,
  { after, bound }: { after: number; bound: number },
  giveWay: GiveWay,
): Promise<Chunk> {
  const { log, views } = deps
  await giveWay()
  const limit = Math.min(CHUNK_EVENTS, bound - after)
  const found = filter
    ? log.eventsAt(await views.audit.findInSteps({ ...filter, after, limit }, bound, giveWay), CHUNK_BYTES)
    : log.eventsAfter(after, limit, CHUNK_BYTES)
  const stored = fitting(found, payloadLength)
  const last = found.length < limit && stored.length === found.length ? undefined : stored.at(-1)?.sequence
  // Fewer than asked for means that there are no more up to the bound.
  return chunkOf(await readyEvents(stored, deps, giveWay), last ?? bound)
}

const payloadLength = ({ payload }: StoredEvent) => payload.length
