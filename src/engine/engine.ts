import type { CommandGateway, CommandInput, CommandOutcomeOf, CommandType } from '../commands/catalogue.ts'
import type { Answer, CommandEnvelope } from '../commands/definition.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { BatchItem, BatchWork, PendingAnswer } from './batch.ts'
import { BatchWriter } from './batch-writer.ts'
import { type CheckedCommand, checkCommand } from './decide.ts'
import type { EngineDeps } from './deps.ts'
import { ErasureQueue } from './erasure-queue.ts'
import { Halt } from './halt.ts'

type Between = {
  kind: 'between'
  run: () => Promise<unknown>
  /** Whether it is done even after a failure: it finishes what the log holds already. */
  finishing: boolean
}
type Work = BatchWork | Between
type Waiting = BatchItem | (Between & PendingAnswer)

const LARGEST_BATCH = 256
const SMALLEST_FULL_BATCH = 32

/**
 * The one loop that writes: it takes the waiting commands as one batch, decides each on the state that the
 * ones before it left, updates the read models, appends all as one commit, and only then answers the callers.
 */
export class Engine implements CommandGateway {
  readonly #deps: EngineDeps
  readonly #queue: Waiting[] = []
  #running: Promise<void> | null = null
  #closed = false
  readonly #halt = new Halt()
  readonly #erasures: ErasureQueue
  readonly #writer: BatchWriter

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#erasures = new ErasureQueue({
      ...deps,
      forget: deps.shared?.forget,
      // An erasure that was begun is finished, also when no new work is taken.
      alone: (work) =>
        this.#queueUp({ kind: 'between', run: async () => work(), finishing: true }) as Promise<never>,
    })
    const fail = (cause: Refusal) => this.#fail(cause)
    this.#writer = new BatchWriter(deps, { erasures: this.#erasures, halt: this.#halt, fail })
  }

  /** Why nothing can be written any more, or `null`: after a failed sync only a restart shows what is on the disk. */
  get failure(): Refusal | null {
    return this.#halt.reason
  }

  async submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>> {
    return this.submitChecked(checkCommand(command)) as Promise<Answer<CommandOutcomeOf<T>>>
  }

  /** Carries out a command that another thread has checked. */
  submitChecked(command: CheckedCommand): Promise<Answer> {
    return this.#enqueue({ kind: 'command', command }) as Promise<Answer>
  }

  /** Applies a write of the documents in the next batch. */
  write(operation: unknown): Promise<unknown> {
    return this.#enqueue({ kind: 'documents', operation })
  }

  /** Whether an erasure is recorded and still being carried out. */
  get erasing(): boolean {
    return this.#erasures.busy
  }

  /** Runs something between two batches, while no transaction is open. */
  between(run: () => Promise<unknown>): Promise<unknown> {
    return this.#enqueue({ kind: 'between', run, finishing: false })
  }

  /** Refuses everything that waits and everything that is submitted from now on. */
  halt(reason: Refusal): void {
    this.#fail(reason)
  }

  /** Takes no more work, and resolves when the work that was taken is done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#erasures.settled()
  }

  #enqueue(work: Work): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Refusal('overloaded', 'The service is shutting down'))
    if (this.#queue.length >= (this.#deps.queueLimit ?? 10_000)) {
      return Promise.reject(new Refusal('overloaded', 'Too many requests are waiting; try again'))
    }
    return this.#queueUp(work)
  }

  #queueUp(work: Work): Promise<unknown> {
    if (this.#halt.reason && !isFinishing(work)) return Promise.reject(this.#halt.reason)
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...work, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    do {
      // Lets everything that arrives in the same turn of the event loop join the batch.
      await new Promise(setImmediate)
      const waiting = this.#queue.splice(0, this.#batchSize())
      if (waiting.length > 0) await this.#runBatch(waiting)
    } while (this.#queue.length > 0)
    this.#running = null
  }

  /**
   * Answers how much of the waiting work to take at once: about half, so that while the answers travel and return
   * as new work, the other half keeps the writer busy. An append to a shared log takes so long that it takes all.
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
      else if (this.#halt.reason && !item.finishing) item.reject(this.#halt.reason)
      else await this.#runBetween(item)
    }
    if (batch.length === 0) return
    try {
      this.#halt.throwIfHalted()
      await shared?.turn()
      while (!(await this.#writer.write(batch))) {
        await shared?.catchUp()
        await shared?.turn()
      }
    } catch (error) {
      if (error instanceof Refusal && this.#isFatal(error)) this.#fail(error)
      this.#writer.undo()
      for (const { reject } of batch) reject(error)
    }
  }

  async #runBetween({ run, resolve, reject }: Between & PendingAnswer): Promise<void> {
    try {
      resolve(await run())
    } catch (error) {
      if (error instanceof Refusal && error.code === 'storage_failed') this.#fail(error)
      reject(error)
    }
  }

  // An unknown outcome on the disk of this machine is known after a restart. One in a shared log is known as soon
  // as the log can be read again: the commit found there is applied before the next batch.
  #isFatal({ code }: Refusal): boolean {
    return code === 'storage_failed' || (code === 'outcome_unknown' && !this.#deps.shared)
  }

  #fail(cause: Refusal): void {
    if (this.#halt.reason) return
    const message = this.#deps.shared ? cause.message : 'The store failed; the service must be restarted'
    const failure = new Refusal('storage_failed', message, { cause })
    this.#halt.reason = failure
    // The waiting work was not begun. The store may work again in a moment, but its content is no longer known.
    const waiting = this.#queue.splice(0)
    this.#queue.push(...waiting.filter(isFinishing))
    for (const item of waiting) if (!isFinishing(item)) item.reject(failure)
    this.#deps.onFailure?.(failure)
  }
}

function isFinishing(work: Work): boolean {
  return work.kind === 'between' && work.finishing
}
