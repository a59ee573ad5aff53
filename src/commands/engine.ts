import type { CommandRecord, Head } from '../events/commit.ts'
import { type Clock, isoTime } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { RandomSource } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { KeyStock } from '../log/key-stock.ts'
import type { KeyStore } from '../log/key-store.ts'
import type { CommitArbiter, LocalLog, Scrubber, Transaction } from '../log/port.ts'
import type { Projector } from '../projections/projector.ts'
import type { Views } from '../projections/views.ts'
import { decideCommand, type PlacedEvent, placeEvent, type UncheckedCommand } from './attempt.ts'
import {
  type CommandGateway,
  type CommandInput,
  type CommandOutcomeOf,
  type CommandType,
  commandDefinition,
} from './catalogue.ts'
import type { Answer, CommandEnvelope, Outcome } from './definition.ts'
import { doomErasures, type Erasure, erasureOf, finishErasures, spareErasures } from './erasure.ts'
import { RecentKeys } from './recent-keys.ts'
import { gatherKeys, sealCommit } from './sealing.ts'

/** Writes that are no events but share a batch, and so the sync of the disk: on SQLite, the documents. */
export interface Riders {
  apply(operation: unknown): unknown
  /** Removes what belongs to users that the batch erased. */
  forget(userids: readonly string[]): void
}

export interface EngineDeps {
  transaction: Transaction
  log: LocalLog
  keys: KeyStore
  stock: KeyStock
  projector: Projector
  views: Views
  scrubber: Scrubber
  riders: Riders
  clock: Clock
  random: RandomSource
  /** Only where several nodes share a log. */
  shared?: SharedLog
  /** Called with the new head after every durable commit. */
  onCommit?: (head: Head) => void
  /** Called once, when nothing can be written any more. */
  onFailure?: (failure: Refusal) => void
  /** How many may wait at most; beyond that callers are told `overloaded` (10,000 unless told). */
  queueLimit?: number
  /** How many share one commit at most (256 unless told). */
  batchLimit?: number
}

/** What the engine of one node needs of the others: who is first, and what they appended meanwhile. */
export interface SharedLog {
  arbiter: Pick<CommitArbiter, 'append' | 'compare'>
  /** Waits while other nodes come first. */
  turn(): Promise<void>
  /** Takes in what other nodes appended. @throws Refusal `storage_failed` when it does not follow from what is here. */
  catchUp(): Promise<unknown>
  /** Removes what is kept elsewhere about users that were erased. Doing it twice does no harm. */
  forget(userids: readonly string[]): Promise<void>
}

type Work =
  | { kind: 'command'; command: UncheckedCommand }
  | { kind: 'rider'; operation: unknown }
  | { kind: 'between'; run: () => Promise<unknown> }

type Waiting = Work & { resolve: (value: unknown) => void; reject: (reason: unknown) => void }
type BatchItem = Exclude<Waiting, { kind: 'between' }>

/** What is known once a batch is on the disk. */
interface Written {
  position: number
  sequence: number
  /** Why an erasure of the batch is recorded but not carried out yet; the next start finishes it. */
  unfinishedErasure: Refusal | null
}

/** A batch in the making: what was decided so far, and how to answer whom once it is on the disk. */
interface Batch {
  now: string
  head: Head
  commands: CommandRecord[]
  events: PlacedEvent[]
  erasures: Erasure[]
  answered: Map<string, Outcome>
  /** Whether any command was decided, and not only answered again. */
  decided: boolean
  settle: ((written: Written) => void)[]
}

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

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#recentKeys = new RecentKeys(deps.keys, deps.clock)
  }

  /** Why nothing can be written any more, or `null`: after a failed sync only a restart tells what is on the disk. */
  get failure(): Refusal | null {
    return this.#failure
  }

  submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>> {
    return this.#enqueue({ kind: 'command', command }) as Promise<Answer<CommandOutcomeOf<T>>>
  }

  /** Carries out a command that came in unchecked, over a thread. */
  submitUnchecked(command: UncheckedCommand): Promise<Answer> {
    return this.#enqueue({ kind: 'command', command }) as Promise<Answer>
  }

  /** Applies a write of the documents in the next batch. */
  write(operation: unknown): Promise<unknown> {
    return this.#enqueue({ kind: 'rider', operation })
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
  }

  #enqueue(work: Work): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Refusal('overloaded', 'The service is shutting down'))
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#queue.length >= (this.#deps.queueLimit ?? 10_000)) {
      return Promise.reject(new Refusal('overloaded', 'Too many requests are waiting; try again'))
    }
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

  async #runBetween({ run, resolve, reject }: Extract<Waiting, { kind: 'between' }>): Promise<void> {
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
    transaction.begin()
    const batch = transaction.attempt(() => this.#openBatch())
    for (const item of waiting) this.#take(batch, item)
    let head = batch.head
    if (batch.events.length > 0) {
      const sealing = await gatherKeys(batch.events, this.#recentKeys)
      const commit = sealCommit(batch.head, { id: newId(), time: batch.now, ...batch }, sealing, random)
      await doomErasures(batch.erasures, keys)
      if (shared && (await shared.arbiter.append(commit)) === 'taken') {
        transaction.rollback()
        stock.giveBack(batch.events.flatMap(({ freshKey }) => freshKey ?? []))
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
    const unfinishedErasure = await this.#finishErasures(batch.erasures)
    for (const settle of batch.settle) settle({ ...head, unfinishedErasure })
    return true
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

  async #finishErasures(erasures: readonly Erasure[]): Promise<Refusal | null> {
    try {
      if (erasures.length > 0) this.#recentKeys.forget()
      await finishErasures(erasures, { ...this.#deps, forget: this.#deps.shared?.forget })
      return null
    } catch (cause) {
      const message = 'The erasure is recorded, but the files could not be cleared; the next start will do it'
      return new Refusal('outcome_unknown', message, { cause })
    }
  }

  #openBatch(): Batch {
    return {
      now: isoTime(this.#deps.clock()),
      head: this.#deps.log.head(),
      commands: [],
      events: [],
      erasures: [],
      answered: new Map(),
      decided: false,
      settle: [],
    }
  }

  /** Works on one item inside the open transaction. What it refuses harms none of the others. */
  #take(batch: Batch, item: BatchItem): void {
    const { transaction, riders } = this.#deps
    const { resolve, reject } = item
    try {
      if (item.kind === 'rider') {
        const answer = transaction.attempt(() => riders.apply(item.operation))
        batch.settle.push(() => resolve(answer))
        return
      }
      const earlier = this.#deps.log.outcomeOf(item.command.id)
      if (earlier) {
        const { position, sequence, outcome } = earlier
        batch.settle.push(() => resolve({ position, sequence, outcome: JSON.parse(outcome) }))
        return
      }
      batch.decided = true
      const erasuresBefore = batch.erasures.length
      const outcome =
        batch.answered.get(item.command.id) ?? transaction.attempt(() => this.#decide(batch, item.command))
      batch.answered.set(item.command.id, outcome)
      const erases = batch.erasures.length > erasuresBefore
      batch.settle.push(({ position, sequence, unfinishedErasure }) => {
        if (erases && unfinishedErasure) reject(unfinishedErasure)
        else resolve({ position, sequence, outcome })
      })
    } catch (error) {
      if (error instanceof Refusal && error.code.startsWith('storage_')) throw error
      batch.settle.push(() => reject(error))
    }
  }

  #decide(batch: Batch, command: UncheckedCommand): Outcome {
    const { views, stock, projector, random } = this.#deps
    const takeKey = () => stock.take()
    const context = { now: batch.now, actor: command.actor, newId, random }
    const decision = decideCommand(views, command, context)
    const placed: PlacedEvent[] = []
    const erasures: Erasure[] = []
    for (const event of decision.events) {
      const sequence = batch.head.sequence + batch.events.length + placed.length + 1
      const place = { sequence, position: batch.head.position + 1, now: batch.now, newId, takeKey }
      const next = placeEvent(views, event, command, place)
      const erasure = erasureOf(views, event, command.id)
      if (erasure) erasures.push(erasure)
      projector.apply({ ...next.header, type: event.type, erased: false, data: event.data } as Parameters<
        Projector['apply']
      >[0])
      placed.push(next)
    }
    batch.events.push(...placed)
    batch.erasures.push(...erasures)
    if (placed.length > 0) {
      batch.commands.push({ id: command.id, type: command.type, outcome: JSON.stringify(decision.outcome) })
    }
    return decision.outcome
  }
}

function mayOpenSubject(work: Work): boolean {
  return work.kind === 'command' && commandDefinition(work.command.type)?.opensSubject === true
}
