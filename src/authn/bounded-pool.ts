import { Refusal } from '../kernel/refusal.ts'
import { FairQueue } from './fair-queue.ts'

/**
 * How many results are returned together while as many tasks wait. What follows a result (a page, a commit) costs half
 * as much for eight in a row, because caches are warm and one commit serves all. A caller in such a queue waits longer
 * for the tasks before its own than for the other results of its group.
 */
const GROUP = 8

/** In which queue a task waits, and for whom: the parties of one queue take turns. */
export interface PoolPlace {
  /** Each lane has its own queue; while tasks wait in both, the lanes take turns. */
  lane: 'known' | 'open'
  party: string
}

const LANES = ['known', 'open'] as const
const ANYBODY: PoolPlace = { lane: 'open', party: '' }

interface Waiting {
  start(): void
  refuse(reason: Refusal): void
}

/**
 * Runs a bounded number of expensive tasks at once, lets a bounded number wait in each lane, and refuses the rest.
 * While tasks wait, the results come back in groups.
 */
export class BoundedPool {
  readonly #concurrency: number
  readonly #lanes: Record<PoolPlace['lane'], FairQueue<Waiting>>
  /** Callers whose task is done and who wait for the rest of their group. */
  readonly #done: (() => void)[] = []
  #running = 0
  #lastLane: PoolPlace['lane'] = 'open'

  /** @param queueLimit how many may wait in each lane. */
  constructor(concurrency: number, queueLimit: number) {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError('The pool needs at least one worker')
    if (!Number.isInteger(queueLimit) || queueLimit < 0)
      throw new RangeError('The queue limit must not be negative')
    this.#concurrency = concurrency
    this.#lanes = { known: new FairQueue(queueLimit), open: new FairQueue(queueLimit) }
  }

  /**
   * Runs the task when its turn comes and answers with its result.
   *
   * @throws Refusal `overloaded`, without running it, when too many wait already.
   */
  async run<T>(task: () => Promise<T>, place: PoolPlace = ANYBODY): Promise<T> {
    await this.#enter(place)
    try {
      return await task()
    } finally {
      this.#leave()
      await this.#group()
    }
  }

  async #enter({ lane, party }: PoolPlace): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1
      return
    }
    await new Promise<void>((start, refuse) => {
      const displaced = this.#lanes[lane].push(party, { start, refuse })
      displaced?.refuse(
        new Refusal('overloaded', 'Too many requests are waiting; please try again in a moment'),
      )
    })
  }

  // The slot passes directly to the next caller in the queue, so no other caller can take it.
  #leave(): void {
    const next = this.#next()
    if (next === undefined) this.#running -= 1
    else next.start()
  }

  #next(): Waiting | undefined {
    const [first, second] = this.#lastLane === 'known' ? (['open', 'known'] as const) : LANES
    const lane = this.#lanes[first].size > 0 ? first : second
    this.#lastLane = lane
    return this.#lanes[lane].shift()
  }

  // While tasks wait, others run, so a later result always completes the group or ends it.
  #group(): Promise<void> {
    const complete = new Promise<void>((resolve) => this.#done.push(resolve))
    const waiting = this.#lanes.known.size + this.#lanes.open.size
    if (this.#done.length >= GROUP || waiting < GROUP) {
      for (const goOn of this.#done.splice(0)) goOn()
    }
    return complete
  }
}
