/** Bounds how many operations run at the same time for each key. */
export class InFlight {
  readonly #limit: number
  readonly #counts = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Begins an operation; answers the function that ends it, or `null` when the limit is reached. */
  enter(key: string): (() => void) | null {
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#limit) return null
    this.#counts.set(key, count + 1)
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      const left = (this.#counts.get(key) ?? 1) - 1
      if (left > 0) this.#counts.set(key, left)
      else this.#counts.delete(key)
    }
  }
}
