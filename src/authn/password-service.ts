import * as argon2 from 'argon2'
import type { RandomSource } from '../kernel/random.ts'
import { BoundedPool, type PoolPlace } from './bounded-pool.ts'
import { passwordRefusal } from './password-policy.ts'
import { preparePassword } from './password-text.ts'

/** What one argon2id hash costs. */
export interface PasswordCost {
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
}

/** The first choice of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
export const DEFAULT_COST: PasswordCost = { memoryKib: 19_456, iterations: 2, parallelism: 1 }

export interface PasswordServiceOptions {
  readonly random: RandomSource
  /** How many hashes run at once; the number of cores is the useful number. */
  readonly concurrency: number
  /** How many may wait beyond those, in each lane; 64 by default. */
  readonly queueLimit?: number
  readonly cost?: PasswordCost
}

export interface PasswordVerdict {
  readonly ok: boolean
  /** The password is right, but its hash was made at another cost: hash it again while it is at hand. */
  readonly needsRehash: boolean
}

const ARGON2ID_PHC = /^\$argon2id\$v=\d+\$([mtp]=\d+,){2}[mtp]=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/

/** Hashes passwords with argon2id and verifies them, in a bounded pool of the native threads. */
export class PasswordService {
  readonly #random: RandomSource
  readonly #pool: BoundedPool
  readonly #cost: PasswordCost
  readonly #decoy: string

  private constructor(options: PasswordServiceOptions, cost: PasswordCost, decoy: string) {
    this.#random = options.random
    this.#pool = new BoundedPool(options.concurrency, options.queueLimit ?? 64)
    this.#cost = cost
    this.#decoy = decoy
  }

  /** Starts the service; makes the decoy hash for accounts without a password. */
  static async start(options: PasswordServiceOptions): Promise<PasswordService> {
    const cost = options.cost ?? DEFAULT_COST
    const decoy = await argon2idHash(Buffer.from(options.random(32)), cost, options.random)
    return new PasswordService(options, cost, decoy)
  }

  /**
   * Hashes a password; answers an argon2id PHC string. `findPasswordFault` says whether the password is acceptable.
   *
   * @throws PasswordRefused when it is longer than any password or not Unicode; Refusal `overloaded`.
   */
  async hash(password: string, place?: PoolPlace): Promise<string> {
    const prepared = preparePassword(password)
    if (!prepared.ok) throw passwordRefusal(prepared.reason, 0)
    return this.#pool.run(() => argon2idHash(Buffer.from(prepared.text), this.#cost, this.#random), place)
  }

  /**
   * Compares a password with a stored PHC string. With `null` (unknown user, no password) and with an input that
   * no password can be, it does the same work and answers no, so that the time reveals nothing.
   *
   * @throws Refusal `overloaded`; Error when the stored string is not argon2id, which only a fault can cause.
   */
  async verify(password: string, stored: string | null, place?: PoolPlace): Promise<PasswordVerdict> {
    const phc = stored ?? this.#decoy
    // The stored string is a secret, so the message leaves it out.
    if (!ARGON2ID_PHC.test(phc)) throw new Error('A stored password hash is not an argon2id PHC string')
    const prepared = preparePassword(password)
    const candidate = Buffer.from(prepared.ok ? prepared.text : '')
    const matches = await this.#pool.run(() => argon2.verify(phc, candidate), place)
    const ok = matches && prepared.ok && stored !== null
    return { ok, needsRehash: ok && argon2.needsRehash(phc, argon2Cost(this.#cost)) }
  }
}

// Written out here, because the package puts the parameters in an order that other argon2 programs do not read.
async function argon2idHash(password: Buffer, cost: PasswordCost, random: RandomSource): Promise<string> {
  const salt = Buffer.from(random(16))
  const digest = await argon2.hash(password, {
    ...argon2Cost(cost),
    type: argon2.argon2id,
    version: 0x13,
    hashLength: 32,
    salt,
    raw: true,
  })
  const parameters = `m=${cost.memoryKib},t=${cost.iterations},p=${cost.parallelism}`
  return `$argon2id$v=19$${parameters}$${unpaddedBase64(salt)}$${unpaddedBase64(digest)}`
}

function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

function argon2Cost(cost: PasswordCost) {
  return { memoryCost: cost.memoryKib, timeCost: cost.iterations, parallelism: cost.parallelism }
}
