import { Refusal } from '../kernel/refusal.ts'

/** Runs a bounded number of expensive tasks at once, lets a bounded number wait in order, and refuses the rest. */
export class BoundedPool {
  readonly #concurrency: number
  readonly #queueLimit: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(concurrency: number, queueLimit: number) {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError('The pool needs at least one worker')
    if (!Number.isInteger(queueLimit) || queueLimit < 0)
      throw new RangeError('The queue limit must not be negative')
    this.#concurrency = concurrency
    this.#queueLimit = queueLimit
  }

  /**
   * Runs the task when its turn comes and answers with its result.
   *
   * @throws Refusal `overloaded`, at once and without running it, when too many wait already.
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= this.#queueLimit) {
      throw new Refusal('overloaded', 'Too many requests are waiting; please try again in a moment')
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  // The place passes straight to the next in line, so nobody can slip in between.
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}
