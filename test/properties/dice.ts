/** Choices that are read off a list of numbers, so that fast-check can shrink what was chosen. */
export class Dice {
  readonly #draws: readonly number[]
  #at = 0

  constructor(draws: readonly number[]) {
    this.#draws = draws
  }

  /** Whether all numbers have been read; after that every choice is the first one. */
  get isUsedUp(): boolean {
    return this.#at >= this.#draws.length
  }

  below(limit: number): number {
    const draw = this.#draws[this.#at] ?? 0
    this.#at += 1
    return draw % limit
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
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
