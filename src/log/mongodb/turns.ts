import type { Collection, Db } from 'mongodb'
import type { Clock } from '../../kernel/clock.ts'
import { isMongoFault } from '../../kernel/mongodb-faults.ts'

/** A node that wants to append and was not first. */
interface Claim {
  _id: string
  /** Since when it waits, and when it last renewed the claim; milliseconds since 1970. */
  since: number
  said: number
}

/** How long a claim is valid, in milliseconds: a crashed node delays the others no longer than that. */
const HOLDS = 1_000
/** How many commits a turn has: others apply them while the next ones are decided. */
const COMMITS = 4
/** How long a turn goes on while there is nothing to write, in milliseconds. */
const IDLE = 40
/** How long a node waits for its turn at most, in milliseconds. */
const PATIENCE = 1_000
/** How often it checks whether it has its turn, in milliseconds. */
const LOOKS = 20
/** How long it goes on checking after it last met another node, in milliseconds. */
const WATCHFUL = 1_000

/**
 * Lets nodes that all have much to write take turns. The node that has just appended is always the first to be ready for
 * the next position; without turns it would go on, and the others would decide in vain. Only fairness depends on it: a
 * claim that is lost or ignored costs a retry.
 */
export class Turns {
  readonly #claims: Collection<Claim>
  readonly #node: string
  readonly #clock: Clock
  /** Since when this node waits in the queue. */
  #since: number | null = null
  /** How many commits are left in its turn; 0 while it has none. */
  #left = 0
  #idle: NodeJS.Timeout | undefined
  #said = 0
  #metOthers = 0

  constructor(db: Db, node: string, clock: Clock) {
    this.#claims = db.collection('turns')
    this.#node = node
    this.#clock = clock
  }

  /**
   * Waits while others come first.
   *
   * @param catchUp applies the commits of others meanwhile.
   */
  async mine(catchUp: () => Promise<unknown>): Promise<void> {
    clearTimeout(this.#idle)
    if (this.#left > 0) return
    if (this.#clock() - this.#metOthers > WATCHFUL) return
    const patient = this.#clock() + PATIENCE
    while ((await this.look()) && this.#clock() < patient) {
      await this.lost()
      await new Promise((resolve) => setTimeout(resolve, LOOKS))
      await catchUp()
    }
  }

  /** Answers whether another node comes first, and remembers that there are others. */
  async look(): Promise<boolean> {
    const claims = await this.#quietly(() => this.#claims.find({ _id: { $ne: this.#node } }).toArray())
    const now = this.#clock()
    const valid = (claims ?? []).filter(({ said }) => Math.abs(now - said) < HOLDS)
    if (valid.length > 0) this.#metOthers = now
    return valid.some(({ since }) => this.#since === null || since < this.#since)
  }

  /** Joins the queue, after the nodes that joined before. */
  async lost(): Promise<void> {
    const now = this.#clock()
    this.#metOthers = now
    if (this.#since !== null && now - this.#said < HOLDS / 2) return
    this.#since ??= now
    this.#said = now
    this.#left = 0
    const claim = { since: this.#since, said: now }
    await this.#quietly(() => this.#claims.updateOne({ _id: this.#node }, { $set: claim }, { upsert: true }))
  }

  /** Counts the commits of a turn, which begins with the first commit of a node that was in the queue. */
  async won(): Promise<void> {
    if (this.#since === null) return
    this.#left = this.#left === 0 ? COMMITS - 1 : this.#left - 1
    if (this.#left === 0) return this.#leave()
    this.#idle = setTimeout(() => this.#leave(), IDLE).unref()
  }

  /** Ends the turn, so that the next node has its own. */
  async #leave(): Promise<void> {
    this.#left = 0
    this.#since = null
    await this.#quietly(() => this.#claims.deleteOne({ _id: this.#node }))
  }

  /** Removes the claims of crashed nodes. */
  async sweep(): Promise<void> {
    await this.#quietly(() => this.#claims.deleteMany({ said: { $lt: this.#clock() - 60_000 } }))
  }

  /** Ignores faults of the database: the append itself finds out whether it answers. */
  async #quietly<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask()
    } catch (error) {
      if (!isMongoFault(error)) throw error
      return null
    }
  }
}
