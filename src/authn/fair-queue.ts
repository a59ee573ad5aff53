/**
 * A queue of bounded length in which parties take turns, however many items one of them adds. When it is full, the last
 * item of the party with the most items gives way to a party with fewer.
 */
export class FairQueue<T> {
  readonly #limit: number
  /** In the order of their turns. */
  readonly #parties = new Map<string, T[]>()
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }

  /** Adds an item; returns the one that has no place: another one, the item itself, or `null`. */
  push(party: string, item: T): T | null {
    const own = this.#parties.get(party)
    let displaced: T | null = null
    if (this.#size >= this.#limit) {
      const longest = this.#longest()
      if (longest === null || longest.length <= (own?.length ?? 0) + 1) return item
      displaced = longest.pop() ?? null
      this.#size -= 1
    }
    if (own) own.push(item)
    else this.#parties.set(party, [item])
    this.#size += 1
    return displaced
  }

  /** Removes and returns the next item. */
  shift(): T | undefined {
    for (const [party, items] of this.#parties) {
      const item = items.shift()
      this.#parties.delete(party)
      if (items.length > 0) this.#parties.set(party, items)
      if (item === undefined) continue
      this.#size -= 1
      return item
    }
    return undefined
  }

  #longest(): T[] | null {
    let longest: T[] | null = null
    for (const items of this.#parties.values()) {
      if (items.length > (longest?.length ?? 0)) longest = items
    }
    return longest
  }
}
