import { type Clock, steadyClock } from './clock.ts'

/** Gives way to everything else when the caller has worked for long enough; `null` when it may go on at once. */
export type GiveWay = () => Promise<void> | null

/** How long one piece of work may hold the event loop, in milliseconds. */
const SLICE = 5

/** Never gives way: for a process that has nothing else to do, such as the command line. */
export const keepGoing: GiveWay = () => null

/**
 * Shares the event loop among long readings. Each works for a slice at a time, and in one turn of the loop only one of
 * them does: so however many read, a request waits for one slice at most.
 */
export class LoopShare {
  readonly #clock: Clock
  readonly #slice: number
  readonly #waiting: (() => void)[] = []
  #scheduled = false

  /** @param slice milliseconds. */
  constructor(clock: Clock = steadyClock, slice = SLICE) {
    this.#clock = clock
    this.#slice = slice
  }

  /** Begins a piece of work. What it answers is called between two steps, the first time before any of them. */
  begin(): GiveWay {
    let began = Number.NEGATIVE_INFINITY
    return () => {
      if (this.#clock() - began < this.#slice) return null
      return this.#turn().then(() => {
        began = this.#clock()
      })
    }
  }

  #turn(): Promise<void> {
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#schedule()
    return turn
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }
}
