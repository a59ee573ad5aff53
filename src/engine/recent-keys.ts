import type { KeyObject } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'

/**
 * How long a key may stay in memory, in milliseconds. Another process may destroy it at any time. Nothing is sealed
 * with it after that, because the erasure closed its stream, but it should not be kept for long.
 */
const LIFETIME = 60_000
const LIMIT = 50_000

/** Keeps the subject keys of the last minute, because opening a key costs more than using it. */
export class RecentKeys implements Pick<KeyStore, 'load'> {
  readonly #store: Pick<KeyStore, 'load'>
  readonly #clock: Clock
  readonly #keys = new Map<string, KeyObject>()
  #since = 0

  constructor(store: Pick<KeyStore, 'load'>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async load(ids: readonly string[]): Promise<Map<string, KeyObject>> {
    const now = this.#clock()
    if (now - this.#since > LIFETIME || this.#keys.size > LIMIT) {
      this.forget()
      this.#since = now
    }
    const missing = ids.filter((id) => !this.#keys.has(id))
    if (missing.length > 0) for (const [id, key] of await this.#store.load(missing)) this.#keys.set(id, key)
    return new Map(ids.flatMap((id) => this.#entry(id)))
  }

  /** Drops all keys, because some of them are about to be destroyed. */
  forget(): void {
    this.#keys.clear()
  }

  #entry(id: string): [string, KeyObject][] {
    const key = this.#keys.get(id)
    return key ? [[id, key]] : []
  }
}
