import type { Clock } from '../kernel/clock.ts'
import type { ReactionCursors } from '../log/cursors.ts'
import { pause } from './pause.ts'

/** What a lease needs; times in milliseconds. */
export interface LeaseDeps {
  cursors: Pick<ReactionCursors, 'hold' | 'release'>
  holder: string
  clock: Clock
  /** How long the lease is valid once taken: after a process dies, the others wait for as long. */
  length: number
  /** How often the holder extends it, and how often the others ask for it. */
  renew: number
  /** Reports that the store could not be reached. */
  fault(error: unknown): void
}

/** The right to run the reactions; one process at a time has it. */
export class Lease {
  readonly #deps: LeaseDeps
  #until = 0
  #taken = Promise.withResolvers<void>()

  constructor(deps: LeaseDeps) {
    this.#deps = deps
  }

  /** Tells whether this process has it now. */
  get held(): boolean {
    return this.#deps.clock() < this.#until
  }

  /** Resolves once this process has it. */
  get taken(): Promise<void> {
    return this.#taken.promise
  }

  /** Takes the lease whenever it is free and keeps extending it, until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { cursors, holder, clock, length, renew, fault } = this.#deps
    while (!signal.aborted) {
      const now = clock()
      try {
        this.#set((await cursors.hold(holder, now, now + length)) ? now + length : 0)
      } catch (error) {
        // No other process can take it before it expires, so it stays held until then.
        fault(error)
        if (!this.held) this.#set(0)
      }
      await pause(renew, signal)
    }
    this.#set(0)
  }

  /** Releases the lease, so that another process does not have to wait until it expires. */
  async release(): Promise<void> {
    await this.#deps.cursors.release(this.#deps.holder).catch(this.#deps.fault)
  }

  #set(until: number): void {
    if (until === 0 && this.#until !== 0) this.#taken = Promise.withResolvers()
    this.#until = until
    if (until !== 0) this.#taken.resolve()
  }
}
