import type { KeyObject } from 'node:crypto'
import { lengthPrefixed } from '../../events/chain.ts'
import { cipherKey, seal, unseal } from '../../events/sealing.ts'
import { type RandomSource, systemRandom } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'

/** The name a subject key is wrapped under. */
export const subjectName = (id: string) => `subject:${id}`
/** The name a secret of the installation is wrapped under. */
export const secretName = (name: string) => `secret:${name}`

/** A known value that is wrapped beside the keys, so that a wrong master key is noticed at the start. */
export const CHECK_NAME = 'check'
export const CHECK_VALUE: Uint8Array = Buffer.from('countersign master key check')

/** Encrypts keys and secrets under the master key. A wrapped value can be opened only under its own name. */
export class KeyWrap {
  readonly #master: KeyObject
  readonly #random: RandomSource

  /** @param master 32 bytes. */
  constructor(master: Uint8Array, random: RandomSource = systemRandom) {
    if (master.length !== 32) throw new RangeError('The master key must have 32 bytes')
    this.#master = cipherKey(master)
    this.#random = random
  }

  wrap(name: string, value: Uint8Array): Uint8Array {
    return seal(this.#master, this.#random(12), value, binding(name))
  }

  /** @throws Refusal `storage_unavailable` when the value is damaged, or of another master key or name. */
  unwrap(name: string, wrapped: Uint8Array): Uint8Array {
    try {
      return unseal(this.#master, wrapped, binding(name))
    } catch (cause) {
      const message = `The stored key ${name} is damaged: the master key does not open it. Restore the keys from a backup`
      throw new Refusal('storage_unavailable', message, { cause })
    }
  }
}

function binding(name: string): string {
  return lengthPrefixed(['countersign/wrap/1', name])
}
