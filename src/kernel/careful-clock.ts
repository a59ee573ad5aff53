import type { Clock } from './clock.ts'

/** How far the two clocks may drift apart between two looks before that counts as a jump, in milliseconds. */
const TOLERANCE = 60_000
/** For how long the machine's clock must stay ahead before it is believed, in milliseconds. */
const BELIEVED_AFTER = 24 * 60 * 60_000

/**
 * The time for what cannot be taken back, such as deleting what has ended: a jump of the machine's clock into the future
 * does not count until it has lasted for a day. It goes by a clock that nobody sets; a jump back is followed at once,
 * because deleting too late does no harm.
 */
export class CarefulClock {
  readonly #wall: Clock
  readonly #steady: Clock
  /** What is added to the steady clock. */
  #base: number
  #aheadSince: number | null = null
  #steppedBack = false
  #returned = false

  /**
   * @param wall the machine's clock, milliseconds since 1970.
   * @param steady a clock that only measures, in milliseconds.
   */
  constructor(wall: Clock, steady: Clock) {
    this.#wall = wall
    this.#steady = steady
    this.#base = wall() - steady()
  }

  /** Reads the time: that of the machine, or an earlier one while the machine's is ahead. */
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

  /** How far the machine's clock is ahead of what is believed, in milliseconds; 0 when it is not. */
  get ahead(): number {
    return this.#aheadSince === null ? 0 : this.#wall() - (this.#steady() + this.#base)
  }

  /**
   * Answers once whether the machine's clock was ahead and is right again: what bears a time that is still to come is
   * then surely of a wrong future. After a jump back it cannot be told which of the two times was right.
   */
  takeReturn(): boolean {
    const returned = this.#returned
    this.#returned = false
    return returned
  }
}
