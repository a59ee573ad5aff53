import type { Answer, Outcome } from '../commands/definition.ts'
import type { CommandRecord, Head } from '../events/commit.ts'
import { isoTime } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { FreshKey } from '../log/keys/key-stock.ts'
import type { Projector } from '../projections/projector.ts'
import { type CheckedCommand, decideCommand, type PlacedEvent, placeEvent } from './decide.ts'
import type { EngineDeps } from './deps.ts'
import { type Erasure, erasureOf } from './erasure.ts'
import type { ErasureQueue } from './erasure-queue.ts'

/** How a caller gets its answer. */
export interface PendingAnswer {
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/** A piece of work that goes into a batch. */
export type BatchWork =
  | { kind: 'command'; command: CheckedCommand }
  | { kind: 'documents'; operation: unknown }

/** Such work with the caller that waits for its answer. */
export type BatchItem = BatchWork & PendingAnswer

/** Where the log ends once a batch is on the disk. */
export interface Written {
  position: number
  sequence: number
}

type BatchDeps = Pick<
  EngineDeps,
  'transaction' | 'log' | 'stock' | 'projector' | 'views' | 'documentWrites' | 'clock' | 'random'
> & { erasures: Pick<ErasureQueue, 'of'> }

/**
 * Thrown when something failed in the middle of writing, so the open transaction holds half a piece of work: all of it
 * must be rolled back, and the batch retried with savepoints.
 */
export class SavepointsNeeded extends Error {}

/**
 * A batch while it is decided: the events so far, and the answers to give once it is on the disk.
 *
 * Deciding only reads, so a refusal nearly always comes before the command has written anything, and then there is
 * nothing to undo. A savepoint around each command would cost a tenth of its time, so only a batch that is retried
 * after a failure has them.
 */
export class Batch {
  readonly now: string
  readonly head: Head
  readonly commands: CommandRecord[] = []
  readonly events: PlacedEvent[] = []
  readonly erasures: Erasure[] = []
  /** Whether any command was decided, and not only answered from its stored outcome. */
  decided = false
  /** The keys that were taken for new subjects. */
  readonly keys: FreshKey[] = []
  readonly #deps: BatchDeps
  readonly #savepoints: boolean
  #writing = false
  readonly #answered = new Map<string, Outcome>()
  readonly #settle: ((written: Written) => void)[] = []

  /** Begins a batch at the head of the log, inside the open transaction. */
  constructor(deps: BatchDeps, savepoints: boolean) {
    this.#deps = deps
    this.#savepoints = savepoints
    this.now = isoTime(deps.clock())
    this.head = deps.log.head()
  }

  /**
   * Adds one item inside the open transaction. A refused item harms none of the others.
   *
   * @throws SavepointsNeeded when the batch must be retried with savepoints.
   */
  add(item: BatchItem): void {
    const { resolve, reject } = item
    try {
      if (item.kind === 'command') {
        this.#addCommand(item.command, item)
      } else {
        const answer = this.#attempt(() => {
          this.#writing = true
          return this.#deps.documentWrites.apply(item.operation)
        })
        this.#settle.push(() => resolve(answer))
      }
    } catch (error) {
      if (
        error instanceof SavepointsNeeded ||
        (error instanceof Refusal && error.code.startsWith('storage_'))
      )
        throw error
      this.#settle.push(() => reject(error))
    }
  }

  /** Answers all callers; those of an erasure only once it is carried out. */
  settle(written: Written): void {
    for (const settle of this.#settle) settle(written)
  }

  #attempt<T>(work: () => T): T {
    if (this.#savepoints) return this.#deps.transaction.attempt(work)
    try {
      this.#writing = false
      return work()
    } catch (cause) {
      if (cause instanceof Refusal && !this.#writing) throw cause
      throw new SavepointsNeeded('The batch must be retried with savepoints', { cause })
    }
  }

  #addCommand(command: CheckedCommand, { resolve, reject }: PendingAnswer): void {
    const answer = (value: Answer) => {
      // A repeated command waits for a running erasure too.
      const erasure = this.#deps.erasures.of(command.id)
      if (erasure) erasure.then((unfinished) => (unfinished ? reject(unfinished) : resolve(value)))
      else resolve(value)
    }
    const earlier = this.#attempt(() => this.#deps.log.outcomeOf(command.id))
    if (earlier) {
      const { position, sequence, outcome } = earlier
      this.#settle.push(() => answer({ position, sequence, outcome: JSON.parse(outcome) }))
      return
    }
    this.decided = true
    const outcome = this.#answered.get(command.id) ?? this.#attempt(() => this.#decide(command))
    this.#answered.set(command.id, outcome)
    this.#settle.push(({ position, sequence }) => answer({ position, sequence, outcome }))
  }

  #decide(command: CheckedCommand): Outcome {
    const { views, stock, projector, random } = this.#deps
    const takeKey = () => {
      const key = stock.take()
      this.keys.push(key)
      return key
    }
    const context = { now: this.now, actor: command.actor, newId, random }
    const decision = decideCommand(views, command, context)
    const placed: PlacedEvent[] = []
    const erasures: Erasure[] = []
    for (const event of decision.events) {
      const sequence = this.head.sequence + this.events.length + placed.length + 1
      const place = { sequence, position: this.head.position + 1, now: this.now, newId, takeKey }
      const next = placeEvent(views, event, command, place)
      const erasure = erasureOf(views, event, command.id)
      if (erasure) erasures.push(erasure)
      this.#writing = true
      projector.apply({ ...next.header, type: event.type, erased: false, data: event.data } as Parameters<
        Projector['apply']
      >[0])
      placed.push(next)
    }
    this.events.push(...placed)
    this.erasures.push(...erasures)
    if (placed.length > 0) {
      this.commands.push({ id: command.id, type: command.type, outcome: JSON.stringify(decision.outcome) })
    }
    return decision.outcome
  }
}
