import type { StoredEvent } from '../events/envelope.ts'
import type { LogWatch } from './watch.ts'

/** A log that can be read onward from any event. */
export interface EventSource {
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[]
}

/** How many events are read at once, and of how many characters about. */
const PAGE = 256
const PAGE_CHARACTERS = 1024 * 1024

/**
 * Reads the log from behind event `after` to its end, and then goes on as it grows: every event once, in
 * order. Yields one page at a time, and reads the next only when it is asked for; an empty page says that
 * everything so far has been given. Ends when the signal aborts.
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
    // Taken before reading: a commit between the read and the wait must not be slept through.
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
