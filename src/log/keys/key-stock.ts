import type { KeyObject } from 'node:crypto'
import { cipherKey } from '../../events/sealing.ts'
import { newId } from '../../kernel/ids.ts'
import type { RandomSource } from '../../kernel/random.ts'
import type { KeyStore } from './key-store.ts'

/** A subject key that is stored durably and not used yet. */
export interface FreshKey {
  id: string
  key: KeyObject
}

/** Makes stored keys, in this thread or in another. */
export type KeyMaker = (count: number) => Promise<FreshKey[]>

const KEY_LENGTH = 32

/** How many keys are made at once: so few that a batch that waits for them does not wait long. */
const REFILL = 128

/**
 * Makes keys through a store in this thread.
 *
 * @param newIds makes the ids of keys that are stored together.
 */
export function keyMaker(
  store: Pick<KeyStore, 'add'>,
  random: RandomSource,
  newIds: (count: number) => string[] = (count) => Array.from({ length: count }, newId),
): KeyMaker {
  return async (count) => {
    const keys = newIds(count).map((id) => ({ id, key: random(KEY_LENGTH) }))
    await store.add(keys)
    return keys.map(({ id, key }) => ({ id, key: cipherKey(key) }))
  }
}

/**
 * Keeps some keys ready, so that a registration does not wait for the sync of a second file: a key must be stored
 * before the event that it seals. Keys that are left over at the end were never used and seal nothing.
 */
export class KeyStock {
  readonly #make: KeyMaker
  readonly #level: number
  readonly #ready: FreshKey[] = []
  #refill: Promise<void> | null = null

  /** @param level how many to keep ready; with 0, keys are made when they are needed. */
  constructor(make: KeyMaker, level: number) {
    this.#make = make
    this.#level = level
  }

  /** Waits until at least `count` keys can be taken. */
  async ensure(count: number): Promise<void> {
    while (this.#refill && this.#ready.length < count) await this.#refill
    if (this.#ready.length < count) this.#ready.push(...(await this.#make(count - this.#ready.length)))
  }

  /** Takes back keys whose events were not appended. */
  giveBack(keys: readonly FreshKey[]): void {
    this.#ready.unshift(...keys)
  }

  /** Returns a key, and starts making the next ones without waiting for them. */
  take(): FreshKey {
    const key = this.#ready.shift()
    if (!key) throw new Error('The key stock is empty')
    if (this.#ready.length < this.#level) this.#startRefill()
    return key
  }

  #startRefill(): void {
    this.#refill ??= this.#make(REFILL).then(
      (keys) => {
        this.#ready.push(...keys)
        this.#refill = null
        if (this.#ready.length < this.#level) this.#startRefill()
      },
      () => {
        // The next caller that needs a key makes it directly, and gets the error then.
        this.#refill = null
      },
    )
  }
}
