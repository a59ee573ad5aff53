import { LoopShare } from '../../kernel/loop-share.ts'
import { subscribe } from '../../log/subscription.ts'
import type { LogWatch } from '../../log/watch.ts'
import { CHUNK_EVENTS, type Chunk, chunkOf, fitting } from './chunk.ts'
import { type EventReading, type FeedEvent, readyEvents, withoutData } from './feed-event.ts'

/** How many events are kept for slow subscribers, and of how many bytes at most. */
const KEPT_EVENTS = 2048
const KEPT_BYTES = 8 * 1024 * 1024
/** Events are gathered one millisecond longer for each so many subscribers, and then sent together. */
const SUBSCRIBERS_PER_MILLISECOND = 25
const LONGEST_PAUSE = 40

/**
 * The one reader for all live streams: it reads and decrypts every new event once for all subscribers, and keeps the
 * last of them ready to be sent.
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
   * @param subscribers counts the subscribers; the more there are, the more events are sent to each at once.
   */
  async run(onGrowth: () => void, subscribers: () => number, signal: AbortSignal): Promise<void> {
    const { watch, log } = this.#source
    // A share of its own: readers of the past do not delay new events.
    const giveWay = new LoopShare().begin()
    for await (const page of subscribe(log, watch, this.#tail, signal)) {
      if (page.length === 0) continue
      this.#take(await readyEvents(page, this.#source, giveWay))
      onGrowth()
      await pause(Math.min(subscribers() / SUBSCRIBERS_PER_MILLISECOND, LONGEST_PAUSE))
    }
  }

  /** Finds the next events after `after`, the same for every subscriber; `null` when they are no longer kept. */
  next(after: number): Chunk | null {
    const known = this.#chunks.get(after)
    if (known) return known
    const first = this.#tail - this.#kept.length
    if (after < first) return null
    const following = this.#kept.slice(after - first, after - first + CHUNK_EVENTS)
    const events = fitting(following, ({ frame }) => frame.length)
    const chunk = chunkOf(events, events.at(-1)?.shown.sequence ?? after)
    this.#chunks.set(after, chunk)
    return chunk
  }

  #take(events: readonly FeedEvent[]): void {
    const closed = new Set(events.flatMap(({ closes }) => closes))
    const kept = newest([...this.#kept, ...events])
    // The prepared data must disappear with its key, or a subscriber could still receive it.
    this.#kept =
      closed.size === 0
        ? kept
        : kept.map((event) => (event.sealed && closed.has(event.shown.stream) ? withoutData(event) : event))
    this.#tail = events.at(-1)?.shown.sequence ?? this.#tail
    this.#chunks.clear()
  }
}

/** Selects the newest events that fit. */
function newest(events: readonly FeedEvent[]): FeedEvent[] {
  let bytes = 0
  const firstTooMany = events.findLastIndex((event, index) => {
    bytes += event.frame.length
    return bytes > KEPT_BYTES || events.length - index > KEPT_EVENTS
  })
  return events.slice(firstTooMany + 1)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (milliseconds < 1) setImmediate(resolve)
    else setTimeout(resolve, milliseconds)
  })
}
