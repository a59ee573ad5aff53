import type { RecordedEvent } from '../events/envelope.ts'
import type { Clock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { CursorPlace, ReactionCursors } from '../log/cursors.ts'
import { decodeEvents } from '../log/decode-events.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { LogReading } from '../log/port.ts'
import type { AuditFilter } from '../projections/audit/queries.ts'
import { pause } from './pause.ts'
import { NotNow, type Reaction } from './reaction.ts'

/** What a follower needs. */
export interface FollowerDeps {
  log: LogReading
  keys: Pick<KeyStore, 'load'>
  /** Finds events by type in the index of the audit trail, so that the others are not read. */
  audit: { find(filter: AuditFilter): number[] }
  cursors: ReactionCursors
  clock: Clock
  /** The holder of the lease under which the cursor moves. */
  holder: string
  /** Reports what an operator must know. */
  report(fact: ReactionFact): void
  timing: ReactionTiming
}

/** The waiting times, in milliseconds, and how many times an event is tried before it is parked. */
export interface ReactionTiming {
  attempts: number
  firstRetry: number
  longestRetry: number
}

/** Something about a reaction that an operator must know. */
export interface ReactionFact {
  reaction: string
  what: 'reset' | 'parked' | 'retrying'
  sequence: number
  reason: string
}

const PAGE = 64
/** After how many events of other types the cursor is stored: skipping them again costs almost nothing. */
const STRIDE = 5_000

/** Says that this process no longer holds the lease, so another one may be moving the cursor. */
export class LeaseLost extends Error {}

/** Follows the log for one reaction, starting at its durable cursor. */
export class ReactionFollower {
  readonly reaction: Reaction
  readonly #deps: FollowerDeps
  #place: CursorPlace | null = null
  #stored = 0
  #parked = 0

  constructor(reaction: Reaction, deps: FollowerDeps) {
    this.reaction = reaction
    this.#deps = deps
  }

  /** Tells how far the cursor is from the end of the log, and how many events are parked. */
  get status(): { name: string; running: boolean; lag: number; parked: number } {
    const { name } = this.reaction
    if (this.#place === null) return { name, running: false, lag: 0, parked: 0 }
    const lag = Math.max(0, this.#deps.log.head().sequence - this.#place.sequence)
    return { name, running: true, lag, parked: this.#parked }
  }

  /**
   * Runs the reaction for every event up to the present end of the log.
   *
   * @throws LeaseLost when another process moves the cursors now.
   */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { audit, log, keys } = this.#deps
    let place = this.#place ?? (await this.#begin())
    while (!signal.aborted) {
      // Read before the search: an event that is appended in between is found by the next search.
      const end = log.head().sequence
      const sequences = audit.find({ after: place.sequence, types: this.reaction.types, limit: PAGE })
      if (sequences.length === 0) return this.#skipTo(end)
      const events = await decodeEvents(log.eventsAt(sequences), log, keys)
      for (const event of events) {
        if (!(await this.#carryOut(event, signal))) return
        place = { sequence: event.sequence, eventId: event.id }
        this.#place = place
        this.#stored = place.sequence
      }
    }
  }

  /** Forgets what is only in memory: another process may have moved the cursor. */
  forget(): void {
    this.#place = null
  }

  /** Reads the cursor. A new one begins at the end of the log; one of another log is moved there and reported. */
  async #begin(): Promise<CursorPlace> {
    const { cursors, log, report } = this.#deps
    const { name } = this.reaction
    const found = await cursors.find(name)
    const place = found && this.#isOfThisLog(found) ? found : this.#placeAt(log.head().sequence)
    if (found === null) await this.#insist(cursors.advance(...this.#as(), name, place))
    else if (place !== found) {
      await this.#insist(cursors.reset(...this.#as(), name, place))
      report({
        reaction: name,
        what: 'reset',
        sequence: place.sequence,
        reason: 'the cursor belongs to another log',
      })
    }
    this.#parked = await cursors.countParked(name)
    this.#place = place
    this.#stored = place.sequence
    return place
  }

  #isOfThisLog({ sequence, eventId }: CursorPlace): boolean {
    return sequence === 0 || this.#placeAt(sequence).eventId === eventId
  }

  #placeAt(sequence: number): CursorPlace {
    const [event] = sequence === 0 ? [] : this.#deps.log.eventsAt([sequence])
    return { sequence, eventId: event?.id ?? null }
  }

  async #skipTo(end: number): Promise<void> {
    const { cursors } = this.#deps
    const place = this.#placeAt(end)
    this.#place = place
    if (end - this.#stored < STRIDE) return
    await this.#insist(cursors.advance(...this.#as(), this.reaction.name, place))
    this.#stored = end
  }

  /** Runs the reaction for one event until it succeeds or is parked; returns `false` when the signal aborts first. */
  async #carryOut(event: RecordedEvent, signal: AbortSignal): Promise<boolean> {
    const { cursors, report, timing } = this.#deps
    const { name } = this.reaction
    const { sequence, id: eventId } = event
    for (let attempt = 1, wait = timing.firstRetry; ; wait = Math.min(wait * 2, timing.longestRetry)) {
      try {
        await this.reaction.react(event)
        await this.#insist(cursors.advance(...this.#as(), name, { sequence, eventId }))
        return true
      } catch (error) {
        if (error instanceof LeaseLost) throw error
        const reason = reasonOf(error)
        if (!(error instanceof NotNow) && attempt >= timing.attempts) {
          await this.#insist(cursors.park(...this.#as(), name, { sequence, eventId, reason }))
          this.#parked += 1
          report({ reaction: name, what: 'parked', sequence, reason })
          return true
        }
        report({ reaction: name, what: 'retrying', sequence, reason })
        if (!(error instanceof NotNow)) attempt += 1
      }
      await pause(wait, signal)
      if (signal.aborted) return false
    }
  }

  #as(): [holder: string, now: number] {
    return [this.#deps.holder, this.#deps.clock()]
  }

  async #insist(moved: Promise<boolean>): Promise<void> {
    if (!(await moved)) throw new LeaseLost('Another process moves the cursors of the reactions')
  }
}

/** Names an error without its text, which may hold personal data. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  return error instanceof Error ? error.name : 'unknown'
}
