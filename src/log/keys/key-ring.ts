import type { KeyObject } from 'node:crypto'
import type { KeyStore } from './key-store.ts'

/** How many are kept, at some 400 bytes each. */
const LIMIT = 250_000

/** Keeps the keys that were already opened while a log is read from one end to the other. */
export class KeyRing {
  readonly #store: Pick<KeyStore, 'load'>
  readonly #keys = new Map<string, KeyObject>()

  constructor(store: Pick<KeyStore, 'load'>) {
    this.#store = store
  }

  /** Opens the keys of these ids that are not at hand; `null` stands for none. */
  async gather(ids: Iterable<string | null>): Promise<void> {
    if (this.#keys.size > LIMIT) this.#keys.clear()
    const missing = new Set<string>()
    for (const id of ids) if (id !== null && !this.#keys.has(id)) missing.add(id)
    for (const [id, key] of await this.#store.load([...missing])) this.#keys.set(id, key)
  }

  /** Gives a gathered key, or `null` when it is destroyed or none is needed. */
  get(id: string | null): KeyObject | null {
    return id === null ? null : (this.#keys.get(id) ?? null)
  }
}
