import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type CheckedCommand, checkCommand } from './attempt.ts'
import { type Answering, Batch, type BatchItem, SpoiltBatch } from './batch.ts'
import {
  type CommandGateway,
  type CommandInput,
  type CommandOutcomeOf,
  type CommandType,
  commandDefinition,
} from './catalogue.ts'
import type { Answer, CommandEnvelope } from './definition.ts'
import type { EngineDeps } from './engine-deps.ts'
import { Erasing } from './erasing.ts'
import { doomErasures, spareErasures } from './erasure.ts'
import { RecentKeys } from './recent-keys.ts'
import { gatherKeys, sealCommit } from './sealing.ts'

type Between = { kind: 'between'; run: () => Promise<unknown> }
type Waiting = BatchItem | (Between & Answering)
type Work = { kind: 'command'; command: CheckedCommand } | { kind: 'rider'; operation: unknown } | Between

const LARGEST_BATCH = 256
const SMALLEST_FULL_BATCH = 32

/**
 * The one loop that writes: it takes the waiting commands as one batch, decides each on the state that the
 * ones before it left, updates the read models, appends all as one commit, and only then answers anybody.
 */
export class Engine implements CommandGateway {
  readonly #deps: EngineDeps
  readonly #queue: Waiting[] = []
  #running: Promise<void> | null = null
  #closed = false
  #failure: Refusal | null = null
  readonly #recentKeys: RecentKeys
  readonly #erasing: Erasing

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#recentKeys = new RecentKeys(deps.keys, deps.clock)
    this.#erasing = new Erasing({
      ...deps,
      forget: deps.shared?.forget,
      // What was begun is finished, also when nothing new is taken any more.
      alone: (work) => this.#queueUp({ kind: 'between', run: async () => work() }) as Promise<never>,
    })
  }

  /** Why nothing can be written any more, or `null`: after a failed sync only a restart tells what is on the disk. */
  get failure(): Refusal | null {
    return this.#failure
  }

  async submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>> {
    return this.submitChecked(checkCommand(command)) as Promise<Answer<CommandOutcomeOf<T>>>
  }

  /** Carries out a command that was checked before it came here over a thread. */
  submitChecked(command: CheckedCommand): Promise<Answer> {
    return this.#enqueue({ kind: 'command', command }) as Promise<Answer>
  }

  /** Applies a write of the documents in the next batch. */
  write(operation: unknown): Promise<unknown> {
    return this.#enqueue({ kind: 'rider', operation })
  }

  /** Whether an erasure is recorded and still being carried out. */
  get erasing(): boolean {
    return this.#erasing.busy
  }

  /** Runs something between two batches, while no transaction is open. */
  between(run: () => Promise<unknown>): Promise<unknown> {
    return this.#enqueue({ kind: 'between', run })
  }

  /** Refuses everything from now on. */
  halt(reason: Refusal): void {
    this.#fail(reason)
  }

  /** Takes no more work and answers when what was taken is done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#erasing.settled()
  }

  #enqueue(work: Work): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Refusal('overloaded', 'The service is shutting down'))
    if (this.#queue.length >= (this.#deps.queueLimit ?? 10_000)) {
      return Promise.reject(new Refusal('overloaded', 'Too many requests are waiting; try again'))
    }
    return this.#queueUp(work)
  }

  #queueUp(work: Work): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...work, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    do {
      // Lets everything that came in with the same turn of the event loop join the batch.
      await new Promise(setImmediate)
      const waiting = this.#queue.splice(0, this.#batchSize())
      if (waiting.length > 0) await this.#runBatch(waiting)
    } while (this.#queue.length > 0)
    this.#running = null
  }

  /**
   * Says how many of those who wait to take at once: about half, so that while their answers travel and come back
   * as new work, the other half keeps the writer busy. The way to a shared log is so long that it takes all.
   */
  #batchSize(): number {
    const waiting = this.#queue.length
    const { shared, batchLimit = LARGEST_BATCH } = this.#deps
    return Math.min(batchLimit, shared ? waiting : Math.max(SMALLEST_FULL_BATCH, Math.ceil(waiting / 2)))
  }

  async #runBatch(waiting: readonly Waiting[]): Promise<void> {
    const { shared } = this.#deps
    const batch: BatchItem[] = []
    for (const item of waiting) {
      if (item.kind === 'between') await this.#runBetween(item)
      else batch.push(item)
    }
    if (batch.length === 0) return
    try {
      await shared?.turn()
      while (!(await this.#attemptBatch(batch))) {
        await shared?.catchUp()
        await shared?.turn()
      }
    } catch (error) {
      if (error instanceof Refusal && this.#isFatal(error)) this.#fail(error)
      this.#undo()
      for (const { reject } of batch) reject(error)
    }
  }

  async #runBetween({ run, resolve, reject }: Between & Answering): Promise<void> {
    try {
      resolve(await run())
    } catch (error) {
      if (error instanceof Refusal && error.code === 'storage_failed') this.#fail(error)
      reject(error)
    }
  }

  #undo(): void {
    try {
      this.#deps.transaction.rollback()
    } catch (cause) {
      this.#fail(new Refusal('storage_failed', 'A transaction could not be taken back', { cause }))
    }
  }

  // An unknown outcome on the disk of this machine is known after a restart. One in a shared log is known as soon
  // as the log can be read again: whatever stands there is taken in before the next batch.
  #isFatal({ code }: Refusal): boolean {
    return code === 'storage_failed' || (code === 'outcome_unknown' && !this.#deps.shared)
  }

  #fail(cause: Refusal): void {
    if (this.#failure) return
    const message = this.#deps.shared ? cause.message : 'The store failed; the service must be restarted'
    this.#failure = new Refusal('storage_failed', message, { cause })
    this.#deps.onFailure?.(this.#failure)
  }

  /** Tries to append one batch; `false` when another node's commit took the position. */
  async #attemptBatch(waiting: readonly BatchItem[]): Promise<boolean> {
    const { transaction, log, keys, stock, projector, random, shared, riders } = this.#deps
    await stock.ensure(waiting.filter(mayOpenSubject).length)
    const batch = this.#decideBatch(waiting)
    let head = batch.head
    if (batch.events.length > 0) {
      const sealing = await gatherKeys(batch.events, this.#recentKeys)
      const { now: time, commands, events } = batch
      const commit = sealCommit(batch.head, { id: newId(), time, commands, events }, sealing, random)
      await doomErasures(batch.erasures, keys)
      if (shared && (await shared.arbiter.append(commit)) === 'taken') {
        transaction.rollback()
        stock.giveBack(batch.keys)
        await spareErasures(batch.erasures, keys)
        return false
      }
      const { position, epoch, hash } = commit
      const grown = {
        log: log.id,
        epoch,
        position,
        sequence: batch.head.sequence + batch.events.length,
        hash,
      }
      this.#keep(() => {
        log.insert(commit)
        projector.advance(grown)
        riders.forget(batch.erasures.flatMap((erasure) => erasure.userids))
      })
      head = grown
      this.#deps.onCommit?.(head)
    } else if (shared && batch.decided && (await shared.arbiter.compare(head.position)).grown) {
      // Nothing is appended that would prove it: what was refused here was decided on a state that is past.
      transaction.rollback()
      return false
    } else {
      transaction.commit()
    }
    if (batch.erasures.length > 0) this.#recentKeys.forget()
    this.#erasing.begin(batch.erasures)
    batch.settle(head)
    return true
  }

  /** Decides a batch in a transaction that stays open. */
  #decideBatch(waiting: readonly BatchItem[], careful = false): Batch {
    const { transaction, stock } = this.#deps
    transaction.begin()
    const batch = transaction.attempt(() => new Batch({ ...this.#deps, erasing: this.#erasing }, careful))
    try {
      for (const item of waiting) batch.take(item)
      return batch
    } catch (error) {
      if (!(error instanceof SpoiltBatch)) throw error
      transaction.rollback()
      stock.giveBack(batch.keys)
      return this.#decideBatch(waiting, true)
    }
  }

  /** Writes the commit into the tables of this node. */
  #keep(write: () => void): void {
    const { transaction, shared } = this.#deps
    try {
      transaction.attempt(write)
      transaction.commit()
    } catch (cause) {
      if (!shared) throw cause
      // It stands in the shared log all the same, and is taken in from there.
      throw new Refusal('outcome_unknown', 'The command is carried out, but this node could not note it', {
        cause,
      })
    }
  }
}

function mayOpenSubject(item: BatchItem): boolean {
  return item.kind === 'command' && commandDefinition(item.command.type)?.opensSubject === true
}
