import { type Clock, steadyClock } from './clock.ts'

/** Returns a promise to await when the caller has used up its slice; `null` when it may continue. */
export type GiveWay = () => Promise<void> | null

/** How long one task may hold the event loop, in milliseconds. */
const SLICE = 5

/** Never yields: for a process that has nothing else to do, such as the command line. */
export const keepGoing: GiveWay = () => null

/**
 * Shares the event loop among long reads. Each works for a slice at a time, and only one of them works in one turn of
 * the loop: so however many there are, a request waits for one slice at most.
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

  /** Begins a task. Call the returned function before the first step and between steps. */
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
