import type { Clock } from '../kernel/clock.ts'
import type { ReactionCursors } from '../log/cursors.ts'
import { pause } from './pause.ts'

/** What keeping the lease needs; times in milliseconds. */
export interface LeaseDeps {
  cursors: Pick<ReactionCursors, 'hold' | 'release'>
  holder: string
  clock: Clock
  /** How long the lease holds once it is taken: a process that died keeps the others waiting for as long. */
  length: number
  /** How soon it is extended, and how often a process without it asks for it. */
  renew: number
  /** Hears that the store could not be reached. */
  fault(error: unknown): void
}

/** The right to run the reactions, which one process at a time has. */
export class Lease {
  readonly #deps: LeaseDeps
  #until = 0
  #taken = Promise.withResolvers<void>()

  constructor(deps: LeaseDeps) {
    this.#deps = deps
  }

  /** Whether this process has it now. */
  get held(): boolean {
    return this.#deps.clock() < this.#until
  }

  /** Resolves once this process has it. */
  get taken(): Promise<void> {
    return this.#taken.promise
  }

  /** Takes the lease whenever it is free and keeps extending it, until the signal aborts; then gives it up. */
  async keep(signal: AbortSignal): Promise<void> {
    const { cursors, holder, clock, length, renew, fault } = this.#deps
    while (!signal.aborted) {
      const now = clock()
      try {
        this.#set((await cursors.hold(holder, now, now + length)) ? now + length : 0)
      } catch (error) {
        // Nobody else has it before its end, so what is held stays held until then.
        fault(error)
        if (!this.held) this.#set(0)
      }
      await pause(renew, signal)
    }
    this.#set(0)
  }

  /** Gives the lease up, so that another process need not wait for its end. */
  async release(): Promise<void> {
    await this.#deps.cursors.release(this.#deps.holder).catch(this.#deps.fault)
  }

  #set(until: number): void {
    if (until === 0 && this.#until !== 0) this.#taken = Promise.withResolvers()
    this.#until = until
    if (until !== 0) this.#taken.resolve()
  }
}
