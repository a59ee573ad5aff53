import { type GiveWay, LoopShare } from '../../kernel/loop-share.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** How many readings run at once: each holds a page of decrypted events in memory. */
const AT_ONCE = 8
/** How many may wait for one of those places. */
const WAITING = 64

/**
 * Admits requests that read and decrypt much of the log: a bounded number run, a bounded number wait, and all of
 * them share slices of the event loop, so that no other request waits for them.
 */
export class LongReads {
  readonly #share = new LoopShare()
  readonly #waiting: (() => void)[] = []
  #running = 0

  /**
   * Runs a reading when a place is free.
   *
   * @throws Refusal `overloaded` at once when too many wait already.
   */
  async run<T>(reading: (giveWay: GiveWay) => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await reading(this.#share.begin())
    } finally {
      this.#leave()
    }
  }

  /** Begins a reading whose number is bounded elsewhere, such as that of a live stream. */
  begin(): GiveWay {
    return this.#share.begin()
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= WAITING) {
      throw new Refusal('overloaded', 'Too many are reading the audit trail; try again in a moment')
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running -= 1
  }
}
