import type { FeedEvent } from './feed-event.ts'

/** How many events are sent at once at most. */
export const CHUNK_EVENTS = 256
/** How many bytes are sent at once at most; a single event may be larger. */
export const CHUNK_BYTES = 256 * 1024

/** Some events in a row, up to the one with the number `through`. */
export interface Chunk {
  events: readonly FeedEvent[]
  through: number
  /** The frames of all of them. */
  bytes: Buffer
}

/** Puts events together with their frames. */
export function chunkOf(events: readonly FeedEvent[], through: number): Chunk {
  return { events, through, bytes: Buffer.concat(events.map(({ frame }) => frame)) }
}

/** Takes as many from the beginning as may be sent at once; at least one, when there is one. */
export function fitting<T>(all: readonly T[], sizeOf: (one: T) => number): T[] {
  let bytes = 0
  const end = all.findIndex((one, index) => {
    bytes += sizeOf(one)
    return index >= CHUNK_EVENTS || (index > 0 && bytes > CHUNK_BYTES)
  })
  return end === -1 ? [...all] : all.slice(0, end)
}
