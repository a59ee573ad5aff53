import type { Clock } from '../../kernel/clock.ts'
import type { Chunk } from './chunk.ts'
import { type EventFilter, isWanted } from './filter.ts'
import { encodeFrame, type Frame } from './frames.ts'
import type { Outlet } from './outlet.ts'

/** Where a subscriber's events come from. */
export interface Supply {
  /** The sequence number up to which there is something to send. */
  readonly tail: number
  /** Reads the next events after `after`; with a filter perhaps only wanted ones. */
  next(after: number, filter: EventFilter | null): Promise<Chunk>
}

/** How long nothing may be sent before the reader gets a progress frame, in milliseconds. */
const QUIET = 5_000

/** One reader of the live stream: sends what comes after its cursor, at the reader's own pace. */
export class Subscriber {
  readonly #supply: Supply
  readonly #outlet: Outlet
  readonly #filter: EventFilter | null
  readonly #clock: Clock
  readonly #onTooSlow: () => void
  #position: number
  #caughtUp = false
  #running = false
  #ended = false
  #lastSent: number

  /** @param after the cursor: the first event sent is the next one. */
  constructor(
    supply: Supply,
    outlet: Outlet,
    options: { after: number; filter: EventFilter | null; clock: Clock; onTooSlow: () => void },
  ) {
    this.#supply = supply
    this.#outlet = outlet
    this.#filter = options.filter
    this.#clock = options.clock
    this.#onTooSlow = options.onTooSlow
    this.#position = options.after
    this.#lastSent = options.clock()
  }

  /** Sends what there is, unless it is sending already. @throws what the supply throws. */
  async wake(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      // Nothing is awaited between finding that there is no more and giving up: a wake-up would be lost there.
      while (!this.#ended && this.#position < this.#supply.tail) await this.#sendNext()
      if (!this.#caughtUp) this.#write({ kind: 'caught_up', sequence: this.#position })
      this.#caughtUp = true
    } finally {
      this.#running = false
    }
  }

  /** Sends a progress frame to a reader to whom nothing was sent for a while. */
  tick(): void {
    if (this.#outlet.blocked || this.#clock() - this.#lastSent < QUIET) return
    this.#write({ kind: 'progress', sequence: this.#position })
  }

  /** Stops sending. */
  end(): void {
    this.#ended = true
  }

  async #sendNext(): Promise<void> {
    const chunk = await this.#supply.next(this.#position, this.#filter)
    this.#position = chunk.through
    this.#send(this.#filter ? wantedBytes(chunk, this.#filter) : chunk.bytes)
    if (!(await this.#outlet.hasRoom())) this.#onTooSlow()
  }

  #write(frame: Frame): void {
    this.#send(encodeFrame(frame))
  }

  #send(bytes: Buffer): void {
    if (this.#ended || bytes.length === 0) return
    this.#lastSent = this.#clock()
    this.#outlet.write(bytes)
  }
}

function wantedBytes({ events }: Chunk, filter: EventFilter): Buffer {
  return Buffer.concat(events.filter(({ shown }) => isWanted(filter, shown)).map(({ frame }) => frame))
}
