import type { Views } from '../../projections/views.ts'
import { type Chunk, chunkOf } from './feed.ts'
import { type EventReading, readyEvents } from './feed-event.ts'
import type { EventFilter } from './filter.ts'

/** How many events are read from the log at once. */
const PAGE = 256

/**
 * Reads a piece of the past from the log: wanted events behind `after`, and none behind `bound`. With a filter
 * the index of the audit trail leads to them, so that a rare event is found without opening all others.
 */
export async function readPast(
  deps: EventReading & { views: Pick<Views, 'audit'> },
  filter: EventFilter | null,
  { after, bound }: { after: number; bound: number },
): Promise<Chunk> {
  const { log, views } = deps
  const limit = Math.min(PAGE, bound - after)
  const stored = filter
    ? log.eventsAt(views.audit.find({ ...filter, after, limit }).filter((sequence) => sequence <= bound))
    : log.eventsAfter(after, limit)
  const events = await readyEvents(stored, deps)
  const last = stored.at(-1)?.sequence
  // Fewer than asked for means that up to the bound there are no more.
  return chunkOf(events, last === undefined || stored.length < limit ? bound : last)
}
