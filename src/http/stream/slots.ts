import { Refusal, TooManyRequests } from '../../kernel/refusal.ts'

/** How many streams one principal may have open, and how many all together. */
const MOST_OF_ONE = 1_024
const MOST_IN_ALL = 2_048
/** When a refused caller may try again, in seconds. */
const RETRY_AFTER = 10

/** How many streams may be open. */
export interface StreamLimits {
  ofOne?: number
  inAll?: number
}

/** Counts the open streams: each holds a socket, and on a full connection a buffer. */
export class StreamSlots {
  readonly #ofOne: number
  readonly #inAll: number
  readonly #held = new Map<string, number>()
  #all = 0

  constructor({ ofOne = MOST_OF_ONE, inAll = MOST_IN_ALL }: StreamLimits = {}) {
    this.#ofOne = ofOne
    this.#inAll = inAll
  }

  /** @throws Refusal `overloaded` when all places are taken. */
  requireRoom(): void {
    if (this.#all >= this.#inAll) throw new Refusal('overloaded', 'Too many live streams are open')
  }

  /** @throws Refusal as above, and `too_many_requests` when this principal has too many streams. */
  requireRoomFor(holder: string): void {
    this.requireRoom()
    if ((this.#held.get(holder) ?? 0) < this.#ofOne) return
    throw new TooManyRequests('You have too many live streams open; close one first', RETRY_AFTER)
  }

  /** Takes a place, if there is one; answers the function that gives it back. */
  take(holder: string): (() => void) | null {
    const held = this.#held.get(holder) ?? 0
    if (held >= this.#ofOne || this.#all >= this.#inAll) return null
    this.#held.set(holder, held + 1)
    this.#all += 1
    return () => {
      const left = (this.#held.get(holder) ?? 1) - 1
      if (left === 0) this.#held.delete(holder)
      else this.#held.set(holder, left)
      this.#all -= 1
    }
  }
}
