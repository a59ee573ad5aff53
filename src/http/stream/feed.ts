import { subscribe } from '../../log/subscription.ts'
import type { LogWatch } from '../../log/watch.ts'
import { type EventReading, type FeedEvent, readyEvents, withoutData } from './feed-event.ts'

/** How many events are kept for those who are a little behind. */
const KEPT = 2048
/** How many events are sent at once at most. */
const CHUNK = 256
/** For each so many subscribers, events are gathered for one more millisecond and then sent together. */
const SUBSCRIBERS_PER_MILLISECOND = 25
const LONGEST_PAUSE = 40

/** Some events in a row, up to the one with the number `through`. */
export interface Chunk {
  events: readonly FeedEvent[]
  through: number
  /** The frames of all of them. */
  bytes: Buffer
}

/**
 * The one reader behind all live streams: it reads and opens every new event once, however many subscribers
 * there are, and keeps the last of them ready to be sent.
 */
export class EventFeed {
  readonly #source: EventReading & { watch: LogWatch }
  readonly #chunks = new Map<number, Chunk>()
  #kept: FeedEvent[] = []
  #tail: number

  constructor(source: EventReading & { watch: LogWatch }) {
    this.#source = source
    this.#tail = source.log.head().sequence
  }

  /** The sequence number up to which the log was read. */
  get tail(): number {
    return this.#tail
  }

  /**
   * Reads on until the signal aborts, and calls back whenever there is more to send.
   *
   * @param subscribers says for how many; the more there are, the more is sent to each at once.
   */
  async run(onGrowth: () => void, subscribers: () => number, signal: AbortSignal): Promise<void> {
    const { watch, log } = this.#source
    for await (const page of subscribe(log, watch, this.#tail, signal)) {
      if (page.length === 0) continue
      this.#take(await readyEvents(page, this.#source))
      onGrowth()
      await pause(Math.min(subscribers() / SUBSCRIBERS_PER_MILLISECOND, LONGEST_PAUSE))
    }
  }

  /** Gives the next events behind `after`, the same to everyone who asks; `null` when they are not kept any more. */
  next(after: number): Chunk | null {
    const known = this.#chunks.get(after)
    if (known) return known
    const first = this.#tail - this.#kept.length
    if (after < first) return null
    const events = this.#kept.slice(after - first, after - first + CHUNK)
    const chunk = chunkOf(events, events.at(-1)?.shown.sequence ?? after)
    this.#chunks.set(after, chunk)
    return chunk
  }

  #take(events: readonly FeedEvent[]): void {
    const closed = new Set(events.flatMap(({ closes }) => closes))
    const kept = [...this.#kept.slice(-KEPT), ...events]
    // What is ready to be sent must be gone with the key, or a subscriber could still be sent it.
    this.#kept =
      closed.size === 0
        ? kept
        : kept.map((event) => (event.sealed && closed.has(event.shown.stream) ? withoutData(event) : event))
    this.#tail = events.at(-1)?.shown.sequence ?? this.#tail
    this.#chunks.clear()
  }
}

/** Puts events together with their frames. */
export function chunkOf(events: readonly FeedEvent[], through: number): Chunk {
  return { events, through, bytes: Buffer.concat(events.map(({ frame }) => frame)) }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (milliseconds < 1) setImmediate(resolve)
    else setTimeout(resolve, milliseconds)
  })
}
