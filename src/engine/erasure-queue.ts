import { Refusal } from '../kernel/refusal.ts'
import type { Alone } from '../log/port.ts'
import { type Erasure, type ErasureDeps, finishErasures } from './erasure.ts'

/**
 * Finishes erasures after their commit, while others go on writing: searching the files takes as long as reading them.
 * Erasures that arrive during a search share the next one.
 */
export class ErasureQueue {
  readonly #deps: ErasureDeps & { alone: Alone }
  /** What the next round finishes, and the promise of that round. */
  #waiting: Erasure[] = []
  #next: Promise<Refusal | null> | null = null
  #last: Promise<unknown> = Promise.resolve()
  /** By the id of the command that erases. */
  readonly #running = new Map<string, Promise<Refusal | null>>()

  constructor(deps: ErasureDeps & { alone: Alone }) {
    this.#deps = deps
  }

  /** Whether anything is still being erased. */
  get busy(): boolean {
    return this.#running.size > 0
  }

  /** Finishes erasures whose commit is on the disk. */
  begin(erasures: readonly Erasure[]): void {
    if (erasures.length === 0) return
    this.#waiting.push(...erasures)
    if (!this.#next) {
      this.#next = this.#round(this.#last)
      this.#last = this.#next
    }
    for (const { command } of erasures) this.#running.set(command, this.#next)
  }

  /**
   * Returns the result of an erasure that is still being carried out, by the command that erases: `null`, or why
   * the next start must finish it. Returns `undefined` when no such erasure is running.
   */
  of(command: string): Promise<Refusal | null> | undefined {
    return this.#running.get(command)
  }

  /** Resolves when no erasure is running. */
  async settled(): Promise<void> {
    while (this.busy) await this.#last
  }

  async #round(before: Promise<unknown>): Promise<Refusal | null> {
    await before
    const erasures = this.#waiting
    this.#waiting = []
    this.#next = null
    try {
      await finishErasures(erasures, this.#deps)
      return null
    } catch (cause) {
      const message = 'The erasure is recorded, but the files could not be cleared; the next start will do it'
      return new Refusal('outcome_unknown', message, { cause })
    } finally {
      for (const { command } of erasures) this.#running.delete(command)
    }
  }
}
