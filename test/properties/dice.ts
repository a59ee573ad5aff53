import { type Seeded, seeded } from '../support/seeded.ts'

/** Choices that follow from one number. What is shrunk is how many steps are taken with them. */
export class Dice {
  readonly #random: Seeded

  constructor(seed: number) {
    this.#random = seeded(seed)
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items)
  }

  /** One of the items, or `null` as often as any of them. */
  maybe<T>(items: readonly T[]): T | null {
    const at = this.below(items.length + 1)
    return items[at] ?? null
  }

  /** Some of the items. */
  some<T>(items: readonly T[]): T[] {
    return items.filter(() => this.below(3) === 0)
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === oneIn - 1
  }
}
