import { Refusal } from '../kernel/refusal.ts'

/**
 * How many results are handed back together while as many tasks wait. What follows a result (a page, a commit) costs
 * half as much when it is done for eight in a row, with warm caches and one commit for all, and whoever stands in
 * such a queue waits longer for the tasks before than for the results beside.
 */
const GROUP = 8

/**
 * Runs a bounded number of expensive tasks at once, lets a bounded number wait in order, and refuses the rest. While
 * a queue stands, the results come back in groups.
 */
export class BoundedPool {
  readonly #concurrency: number
  readonly #queueLimit: number
  readonly #waiting: (() => void)[] = []
  /** Those whose task is done, and who wait for the rest of their group. */
  readonly #done: (() => void)[] = []
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
      await this.#group()
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

  // A queue means that further tasks are running, so somebody always comes who completes the group or ends it.
  #group(): Promise<void> {
    const complete = new Promise<void>((resolve) => this.#done.push(resolve))
    if (this.#done.length >= GROUP || this.#waiting.length < GROUP) {
      for (const goOn of this.#done.splice(0)) goOn()
    }
    return complete
  }
}
