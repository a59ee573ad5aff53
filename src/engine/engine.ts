import {
  type CommandGateway,
  type CommandInput,
  type CommandOutcomeOf,
  type CommandType,
  commandDefinition,
} from '../commands/catalogue.ts'
import type { Answer, CommandEnvelope } from '../commands/definition.ts'
import type { Head } from '../events/commit.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type Answering, Batch, type BatchItem, SavepointsNeeded } from './batch.ts'
import { type CheckedCommand, checkCommand } from './decide.ts'
import type { EngineDeps } from './deps.ts'
import { markErasures, unmarkErasures } from './erasure.ts'
import { Erasing } from './erasure-queue.ts'
import { RecentKeys } from './key-cache.ts'
import { eventWithoutKey, gatherKeys, sealCommit } from './sealing.ts'

type Between = {
  kind: 'between'
  run: () => Promise<unknown>
  /** Whether it is done even after a failure: it finishes what the log holds already. */
  finishing: boolean
}
type Waiting = BatchItem | (Between & Answering)
type Work = { kind: 'command'; command: CheckedCommand } | { kind: 'documents'; operation: unknown } | Between

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
      alone: (work) =>
        this.#queueUp({ kind: 'between', run: async () => work(), finishing: true }) as Promise<never>,
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
    return this.#enqueue({ kind: 'documents', operation })
  }

  /** Whether an erasure is recorded and still being carried out. */
  get erasing(): boolean {
    return this.#erasing.busy
  }

  /** Runs something between two batches, while no transaction is open. */
  between(run: () => Promise<unknown>): Promise<unknown> {
    return this.#enqueue({ kind: 'between', run, finishing: false })
  }

  /** Refuses everything that waits and everything that is submitted from now on. */
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
    if (this.#failure && !isFinishing(work)) return Promise.reject(this.#failure)
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
      if (item.kind !== 'between') batch.push(item)
      else if (this.#failure && !item.finishing) item.reject(this.#failure)
      else await this.#runBetween(item)
    }
    if (batch.length === 0) return
    try {
      this.#requireSound()
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
    const failure = new Refusal('storage_failed', message, { cause })
    this.#failure = failure
    // What waits was not begun. The store may work again in a moment, but what it holds is not known any more.
    const waiting = this.#queue.splice(0)
    this.#queue.push(...waiting.filter(isFinishing))
    for (const item of waiting) if (!isFinishing(item)) item.reject(failure)
    this.#deps.onFailure?.(failure)
  }

  /** @throws Refusal once nothing can be written any more: a batch asks after each wait, for it may end then. */
  #requireSound(): void {
    if (this.#failure) throw this.#failure
  }

  /** Tries to append one batch; `false` when another node's commit took the position. */
  async #attemptBatch(waiting: readonly BatchItem[]): Promise<boolean> {
    const { log, keys, stock, projector, random, shared, documentWrites, transaction } = this.#deps
    await stock.ensure(waiting.filter(mayOpenSubject).length)
    this.#requireSound()
    const batch = this.#decideBatch(waiting)
    let head = batch.head
    if (batch.events.length > 0) {
      const sealing = await gatherKeys(batch.events, this.#recentKeys)
      const keyless = eventWithoutKey(batch.events, sealing)
      if (keyless) {
        // Another node may have erased the subject since: then the log has grown.
        if (!(await this.#hasGrown(head.position))) throw keyMissing(keyless.header.stream)
        return this.#takeBack(batch)
      }
      const { now: time, commands, events } = batch
      const commit = sealCommit(batch.head, { id: newId(), time, commands, events }, sealing, random)
      await markErasures(batch.erasures, keys)
      this.#requireSound()
      if (shared && (await shared.arbiter.append(commit)) === 'taken') {
        this.#takeBack(batch)
        await unmarkErasures(batch.erasures, keys)
        return false
      }
      if (this.#failure) throw appendedTooLate(this.#failure)
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
        documentWrites.forget(batch.erasures.flatMap((erasure) => erasure.userids))
      })
      head = grown
    } else if (batch.decided && (await this.#hasGrown(head.position))) {
      // Nothing is appended that would prove it: what was refused here was decided on a state that is past.
      return this.#takeBack(batch)
    } else {
      this.#requireSound()
      transaction.commit()
    }
    // From here on the batch is on the disk: nothing that fails may take its answers back.
    if (batch.erasures.length > 0) this.#recentKeys.forget()
    this.#erasing.begin(batch.erasures)
    batch.settle(head)
    if (head !== batch.head) this.#announce(head)
    return true
  }

  /** Tells whether other nodes have appended behind a position. */
  async #hasGrown(position: number): Promise<boolean> {
    const { shared } = this.#deps
    return shared !== undefined && (await shared.arbiter.compare(position)).grown
  }

  #takeBack({ keys }: Batch): false {
    this.#deps.transaction.rollback()
    this.#deps.stock.giveBack(keys)
    return false
  }

  #announce(head: Head): void {
    try {
      this.#deps.onCommit?.(head)
    } catch (cause) {
      this.#fail(new Refusal('storage_failed', 'Readers could not be told of a commit', { cause }))
    }
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
      if (!(error instanceof SavepointsNeeded)) throw error
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

function appendedTooLate(cause: Refusal): Refusal {
  return new Refusal('outcome_unknown', 'The command is carried out, but this node stopped meanwhile', {
    cause,
  })
}

function keyMissing(stream: string): Refusal {
  const message = `The key of ${stream} is missing, though nothing erased it: restore the keys from a backup`
  return new Refusal('storage_failed', message)
}

function isFinishing(work: Work): boolean {
  return work.kind === 'between' && work.finishing
}

function mayOpenSubject(item: BatchItem): boolean {
  return item.kind === 'command' && commandDefinition(item.command.type)?.opensSubject === true
}
