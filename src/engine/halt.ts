import type { Refusal } from '../kernel/refusal.ts'

/** Says whether the engine has stopped for good, and why. */
export class Halt {
  /** Why nothing can be written any more, or `null`. */
  reason: Refusal | null = null

  /** @throws Refusal once nothing can be written. A batch asks after each wait, because the engine may halt then. */
  throwIfHalted(): void {
    if (this.reason) throw this.reason
  }
}
