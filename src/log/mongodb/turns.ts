import type { Collection, Db } from 'mongodb'
import type { Clock } from '../../kernel/clock.ts'
import { isMongoFault } from '../../kernel/database-faults.ts'

/** A node that wants to append and was not first. */
interface Claim {
  _id: string
  /** Milliseconds since 1970. */
  since: number
}

/** How long a claim holds, in milliseconds: a node that died over it holds up nobody for longer. */
const HOLDS = 1_000
/** How long a node waits for its turn at most, in milliseconds. */
const PATIENCE = 500
/** How often it looks for a commit of those before it, in milliseconds. */
const LOOKS = 6
/** How long it goes by that before it looks again who they are, in milliseconds. */
const NEWS = 60
/** How long it goes on looking after it last met somebody, in milliseconds. */
const VIGILANCE = 1_000

/**
 * Lets nodes that all have much to write take turns. Who has just appended is always the first to be ready for
 * the next position, so that without this one node would go on and the others would decide in vain. Nothing rests
 * on it but fairness: a claim that is lost or ignored costs a retry.
 */
export class Turns {
  readonly #claims: Collection<Claim>
  readonly #node: string
  readonly #clock: Clock
  #since: number | null = null
  #metSomebody = 0

  constructor(db: Db, node: string, clock: Clock) {
    this.#claims = db.collection('turns')
    this.#node = node
    this.#clock = clock
  }

  /**
   * Waits while others come first.
   *
   * @param takeIn takes in what they append meanwhile; answers whether that was anything.
   */
  async mine(takeIn: () => Promise<boolean>): Promise<void> {
    if (this.#clock() - this.#metSomebody > VIGILANCE) return
    const until = this.#clock() + PATIENCE
    while ((await this.look()) && this.#clock() < until) {
      await this.lost()
      const looksAgain = this.#clock() + NEWS
      do await new Promise((resolve) => setTimeout(resolve, LOOKS))
      while (!(await takeIn()) && this.#clock() < looksAgain)
    }
  }

  /** Tells whether anybody comes first, and remembers that there is somebody. */
  async look(): Promise<boolean> {
    const claims = await this.#quietly(() => this.#claims.find({ _id: { $ne: this.#node } }).toArray())
    const now = this.#clock()
    const valid = (claims ?? []).filter(({ since }) => Math.abs(now - since) < HOLDS)
    if (valid.length > 0) this.#metSomebody = now
    return valid.some(({ since }) => this.#since === null || since < this.#since)
  }

  /** Queues up, behind those who did so before. */
  async lost(): Promise<void> {
    this.#metSomebody = this.#clock()
    if (this.#since !== null && this.#clock() - this.#since < HOLDS / 2) return
    const since = this.#clock()
    this.#since = since
    await this.#quietly(() =>
      this.#claims.updateOne({ _id: this.#node }, { $set: { since } }, { upsert: true }),
    )
  }

  /** Lets the next one in. */
  async won(): Promise<void> {
    if (this.#since === null) return
    this.#since = null
    await this.#quietly(() => this.#claims.deleteOne({ _id: this.#node }))
  }

  /** Forgets claims of nodes that died over them. */
  async sweep(): Promise<void> {
    await this.#quietly(() => this.#claims.deleteMany({ since: { $lt: this.#clock() - 60_000 } }))
  }

  /** Whether the database answers is found out by the append itself. */
  async #quietly<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask()
    } catch (error) {
      if (!isMongoFault(error)) throw error
      return null
    }
  }
}
