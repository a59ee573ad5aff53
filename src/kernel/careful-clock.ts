import type { Clock } from './clock.ts'

/** By how much the two clocks may diverge between two readings before that counts as a jump, in milliseconds. */
const TOLERANCE = 60_000
/** For how long the machine's clock must stay ahead before it is trusted, in milliseconds. */
const BELIEVED_AFTER = 24 * 60 * 60_000

/**
 * Tells the time for what cannot be undone, such as deleting what has ended: a jump of the machine's clock into the
 * future does not count until it has lasted a day, by a clock that nobody can set. A jump back counts at once, because
 * deleting too late does no harm.
 */
export class CarefulClock {
  readonly #wall: Clock
  readonly #steady: Clock
  /** The offset of the wall clock from the steady clock. */
  #base: number
  #aheadSince: number | null = null
  #steppedBack = false
  #returned = false

  /**
   * @param wall the machine's clock, milliseconds since 1970.
   * @param steady a clock that nobody can set, in milliseconds.
   */
  constructor(wall: Clock, steady: Clock) {
    this.#wall = wall
    this.#steady = steady
    this.#base = wall() - steady()
  }

  /** Reads the time: the machine's, or an earlier one while the machine's clock is ahead. */
  now(): number {
    const wall = this.#wall()
    const steady = this.#steady()
    const ahead = wall - (steady + this.#base)
    if (ahead > TOLERANCE) {
      this.#aheadSince ??= steady
      if (steady - this.#aheadSince < BELIEVED_AFTER) return steady + this.#base
      this.#steppedBack = false
    } else if (ahead < -TOLERANCE) {
      this.#steppedBack = true
    } else if (this.#aheadSince !== null && !this.#steppedBack) {
      this.#returned = true
    }
    this.#aheadSince = null
    this.#base = wall - steady
    return wall
  }

  /** How far the machine's clock is ahead of the trusted time, in milliseconds; 0 when it is not. */
  get ahead(): number {
    return this.#aheadSince === null ? 0 : this.#wall() - (this.#steady() + this.#base)
  }

  /**
   * Returns `true` once after the machine's clock was ahead and is right again: then everything with a time in the
   * future was certainly written while it was wrong. After a jump back it is unknown which of the two times was right.
   */
  takeReturn(): boolean {
    const returned = this.#returned
    this.#returned = false
    return returned
  }
}
