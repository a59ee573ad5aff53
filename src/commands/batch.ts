import type { CommandRecord, Head } from '../events/commit.ts'
import { isoTime } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Projector } from '../projections/projector.ts'
import { decideCommand, type PlacedEvent, placeEvent, type UncheckedCommand } from './attempt.ts'
import type { Outcome } from './definition.ts'
import type { EngineDeps } from './engine-deps.ts'
import { type Erasure, erasureOf } from './erasure.ts'

/** How somebody who waits is told. */
export interface Answering {
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/** A piece of work that goes into a batch. */
export type BatchItem = Answering &
  ({ kind: 'command'; command: UncheckedCommand } | { kind: 'rider'; operation: unknown })

/** What is known once a batch is on the disk. */
export interface Written {
  position: number
  sequence: number
  /** Why an erasure of the batch is recorded but not carried out yet; the next start finishes it. */
  unfinishedErasure: Refusal | null
}

type BatchDeps = Pick<
  EngineDeps,
  'transaction' | 'log' | 'stock' | 'projector' | 'views' | 'riders' | 'clock' | 'random'
>

/** A batch in the making: what was decided so far, and how to answer whom once it is on the disk. */
export class Batch {
  readonly now: string
  readonly head: Head
  readonly commands: CommandRecord[] = []
  readonly events: PlacedEvent[] = []
  readonly erasures: Erasure[] = []
  /** Whether any command was decided, and not only answered again. */
  decided = false
  readonly #deps: BatchDeps
  readonly #answered = new Map<string, Outcome>()
  readonly #settle: ((written: Written) => void)[] = []

  /** Begins a batch at the head of the log, inside the open transaction. */
  constructor(deps: BatchDeps) {
    this.#deps = deps
    this.now = isoTime(deps.clock())
    this.head = deps.log.head()
  }

  /** Works on one item inside the open transaction. What it refuses harms none of the others. */
  take(item: BatchItem): void {
    const { resolve, reject } = item
    try {
      if (item.kind === 'command') {
        this.#takeCommand(item.command, item)
      } else {
        const answer = this.#deps.transaction.attempt(() => this.#deps.riders.apply(item.operation))
        this.#settle.push(() => resolve(answer))
      }
    } catch (error) {
      if (error instanceof Refusal && error.code.startsWith('storage_')) throw error
      this.#settle.push(() => reject(error))
    }
  }

  /** Answers everybody. */
  settle(written: Written): void {
    for (const settle of this.#settle) settle(written)
  }

  #takeCommand(command: UncheckedCommand, { resolve, reject }: Answering): void {
    const earlier = this.#deps.log.outcomeOf(command.id)
    if (earlier) {
      const { position, sequence, outcome } = earlier
      this.#settle.push(() => resolve({ position, sequence, outcome: JSON.parse(outcome) }))
      return
    }
    this.decided = true
    const erasuresBefore = this.erasures.length
    const outcome =
      this.#answered.get(command.id) ?? this.#deps.transaction.attempt(() => this.#decide(command))
    this.#answered.set(command.id, outcome)
    const erases = this.erasures.length > erasuresBefore
    this.#settle.push(({ position, sequence, unfinishedErasure }) => {
      if (erases && unfinishedErasure) reject(unfinishedErasure)
      else resolve({ position, sequence, outcome })
    })
  }

  #decide(command: UncheckedCommand): Outcome {
    const { views, stock, projector, random } = this.#deps
    const takeKey = () => stock.take()
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
