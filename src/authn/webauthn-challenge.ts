import { z } from 'zod'
import type { DocumentStore } from '../documents/port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { RandomSource } from '../kernel/random.ts'

/** How long a person has for one ceremony, in milliseconds. */
export const CEREMONY_TIMEOUT = 5 * 60_000

const KIND = 'webauthn_challenge'

export type Ceremony = 'registration' | 'authentication'

const boundTo = z.strictObject({
  /** The user handle of a registration. */
  user_handle: z.string().nullable(),
  /** The credentials that an authentication was offered to, `null` when to any. */
  allowed: z.array(z.string()).nullable(),
})

/** What a ceremony is about; it must be the same at its end. */
export type BoundTo = z.infer<typeof boundTo>

/**
 * Keeps the challenges of ceremonies that are under way (WebAuthn Level 3 §13.4.3). The key holds ceremony, session
 * and challenge, so nobody else can end or spoil a ceremony, and two windows of one browser do not disturb each other.
 */
export class Challenges {
  readonly #documents: DocumentStore
  readonly #clock: Clock
  readonly #random: RandomSource

  constructor(documents: DocumentStore, clock: Clock, random: RandomSource) {
    this.#documents = documents
    this.#clock = clock
    this.#random = random
  }

  /** Makes and keeps a challenge of 32 random bytes. */
  async issue(ceremony: Ceremony, session: string, bound: BoundTo): Promise<Uint8Array<ArrayBuffer>> {
    const challenge = Uint8Array.from(this.#random(32))
    const key = keyOf(ceremony, session, Buffer.from(challenge).toString('base64url'))
    const isAnybodys = bound.user_handle === null && bound.allowed === null
    const index = isAnybodys ? ({ anonymous: true } as const) : {}
    await this.#documents.upsert(KIND, key, bound, this.#clock() + CEREMONY_TIMEOUT, index)
    return challenge
  }

  /** Removes a challenge and returns what it was bound to; `null` when it was used before or has expired. */
  async take(ceremony: Ceremony, session: string, challenge: string): Promise<BoundTo | null> {
    const document = await this.#documents.take(KIND, keyOf(ceremony, session, challenge))
    return document === null ? null : boundTo.parse(document.payload)
  }
}

function keyOf(ceremony: Ceremony, session: string, challenge: string): string {
  return `${ceremony}:${challenge}:${session}`
}
