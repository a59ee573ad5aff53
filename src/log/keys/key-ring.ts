import type { KeyObject } from 'node:crypto'
import type { KeyStore } from './key-store.ts'

/** How many keys are kept, at about 400 bytes each. */
const LIMIT = 250_000

/** Keeps opened keys while a log is read from end to end. */
export class KeyRing {
  readonly #store: Pick<KeyStore, 'load'>
  readonly #keys = new Map<string, KeyObject>()

  constructor(store: Pick<KeyStore, 'load'>) {
    this.#store = store
  }

  /** Opens the keys of these ids that it does not have yet; `null` means no key. */
  async gather(ids: Iterable<string | null>): Promise<void> {
    if (this.#keys.size > LIMIT) this.#keys.clear()
    const missing = new Set<string>()
    for (const id of ids) if (id !== null && !this.#keys.has(id)) missing.add(id)
    for (const [id, key] of await this.#store.load([...missing])) this.#keys.set(id, key)
  }

  /** Returns a gathered key, or `null` when it is destroyed or none is needed. */
  get(id: string | null): KeyObject | null {
    return id === null ? null : (this.#keys.get(id) ?? null)
  }
}
