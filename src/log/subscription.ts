import type { StoredEvent } from '../events/envelope.ts'
import type { LogWatch } from './watch.ts'

/** A log that can be read from any event on. */
export interface EventSource {
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[]
}

/** How many events are read at once, and about how many characters. */
const PAGE = 256
const PAGE_CHARACTERS = 1024 * 1024

/**
 * Reads the log after event `after` to its end, and goes on as it grows: every event once, in order. Yields a page at
 * a time, and reads the next only when the caller asks for it; an empty page says that the reader has caught up. Ends
 * when the signal aborts.
 */
export async function* subscribe(
  source: EventSource,
  watch: LogWatch,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent[], void> {
  let sequence = after
  let caughtUp = false
  while (!signal.aborted) {
    // Taken before reading, so that a commit between the read and the wait is not missed.
    const generation = watch.generation
    const page = source.eventsAfter(sequence, PAGE, PAGE_CHARACTERS)
    if (page.length > 0) {
      sequence = page.at(-1)?.sequence ?? sequence
      caughtUp = false
      yield page
    } else {
      if (!caughtUp) yield []
      caughtUp = true
      await watch.changed(generation, signal)
    }
  }
}
