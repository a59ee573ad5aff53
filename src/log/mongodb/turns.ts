import type { Collection, Db } from 'mongodb'
import type { Clock } from '../../kernel/clock.ts'
import { isMongoFault } from '../../kernel/mongodb-faults.ts'

/** A node that wants to append and was not first. */
interface Claim {
  _id: string
  /** Since when it waits, and when it last said so; milliseconds since 1970. */
  since: number
  said: number
}

/** How long a claim holds, in milliseconds: a node that died over it holds up nobody for longer. */
const HOLDS = 1_000
/** How many commits a turn has: others take them in while the next ones are decided. */
const COMMITS = 4
/** How long a turn goes on while there is nothing to write, in milliseconds. */
const IDLE = 40
/** How long a node waits for its turn at most, in milliseconds. */
const PATIENCE = 1_000
/** How often it looks whether its turn has come, in milliseconds. */
const LOOKS = 20
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
  /** Since when this node has queued up. */
  #since: number | null = null
  /** How many commits are left of the turn that it has; 0 while it has none. */
  #left = 0
  #idle: NodeJS.Timeout | undefined
  #said = 0
  #metSomebody = 0

  constructor(db: Db, node: string, clock: Clock) {
    this.#claims = db.collection('turns')
    this.#node = node
    this.#clock = clock
  }

  /**
   * Waits while others come first.
   *
   * @param takeIn takes in what they append meanwhile.
   */
  async mine(takeIn: () => Promise<unknown>): Promise<void> {
    clearTimeout(this.#idle)
    if (this.#left > 0) return
    if (this.#clock() - this.#metSomebody > VIGILANCE) return
    const patient = this.#clock() + PATIENCE
    while ((await this.look()) && this.#clock() < patient) {
      await this.lost()
      await new Promise((resolve) => setTimeout(resolve, LOOKS))
      await takeIn()
    }
  }

  /** Tells whether anybody comes first, and remembers that there is somebody. */
  async look(): Promise<boolean> {
    const claims = await this.#quietly(() => this.#claims.find({ _id: { $ne: this.#node } }).toArray())
    const now = this.#clock()
    const valid = (claims ?? []).filter(({ said }) => Math.abs(now - said) < HOLDS)
    if (valid.length > 0) this.#metSomebody = now
    return valid.some(({ since }) => this.#since === null || since < this.#since)
  }

  /** Queues up, behind those who did so before. */
  async lost(): Promise<void> {
    const now = this.#clock()
    this.#metSomebody = now
    if (this.#since !== null && now - this.#said < HOLDS / 2) return
    this.#since ??= now
    this.#said = now
    this.#left = 0
    const claim = { since: this.#since, said: now }
    await this.#quietly(() => this.#claims.updateOne({ _id: this.#node }, { $set: claim }, { upsert: true }))
  }

  /** Counts the commits of a turn, which begins with the first one of a node that had queued up for it. */
  async won(): Promise<void> {
    if (this.#since === null) return
    this.#left = this.#left === 0 ? COMMITS - 1 : this.#left - 1
    if (this.#left === 0) return this.#leave()
    this.#idle = setTimeout(() => this.#leave(), IDLE).unref()
  }

  /** Lets the next one in. */
  async #leave(): Promise<void> {
    this.#left = 0
    this.#since = null
    await this.#quietly(() => this.#claims.deleteOne({ _id: this.#node }))
  }

  /** Forgets claims of nodes that died over them. */
  async sweep(): Promise<void> {
    await this.#quietly(() => this.#claims.deleteMany({ said: { $lt: this.#clock() - 60_000 } }))
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
