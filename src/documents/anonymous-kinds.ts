import { Refusal } from '../kernel/refusal.ts'
import type { DocumentKind } from './port.ts'

/** How much of one kind may be kept for people who are not signed in. */
export interface Cap {
  /** The largest payload, in bytes of JSON; a counter has none. */
  bytes: number
  /** How many one address (of IPv6 a /64) may have written in a window; `null` where another budget bounds it. */
  perAddress: number | null
  /** How many there may be in all; beyond it those that end first are removed. */
  inAll: number
}

/** How long a window of `perAddress` is, in milliseconds. */
export const ADDRESS_WINDOW = 15 * 60_000

/** Every kind of document that can be written without a session, with its caps. */
export const ANONYMOUS_KINDS = {
  /** An authorization request that waits for somebody to sign in. */
  'oidc:Interaction': { bytes: 4096, perAddress: 1000, inAll: 20_000 },
  /** What a sign-out asks about in a browser in which nobody is signed in. */
  'oidc:Session': { bytes: 4096, perAddress: 200, inAll: 5_000 },
  /** Which link a browser asked for. */
  link_request: { bytes: 3072, perAddress: 60, inAll: 20_000 },
  /** The challenge of a sign-in with a passkey that has begun. */
  webauthn_challenge: { bytes: 512, perAddress: 2000, inAll: 50_000 },
  /** Tries from an address, and for names that are nobody's; how many tries an address has, bounds them. */
  throttle_open: { bytes: 0, perAddress: null, inAll: 100_000 },
  /** What the operator should know of, one of each sort. */
  operator_notice: { bytes: 512, perAddress: null, inAll: 16 },
} as const satisfies Record<string, Cap>

export type AnonymousKind = keyof typeof ANONYMOUS_KINDS

/** The caps by kind, as the stores look them up; tests bring smaller ones. */
export type Caps = Readonly<Record<DocumentKind, Cap>>

/**
 * Refuses a payload that is too large for what anybody may write.
 *
 * @throws Refusal `invalid_input`.
 */
export function requireSmall(kind: DocumentKind, payload: string, caps: Caps = ANONYMOUS_KINDS): void {
  const cap = caps[kind]
  if (cap === undefined) throw new TypeError(`There is no cap for documents of the kind ${kind}`)
  if (Buffer.byteLength(payload) > cap.bytes) {
    throw new Refusal('invalid_input', 'The request is too long to be kept')
  }
}

/** Counts what is written of each kind, so that the number that is kept is looked at once in many writes only. */
export class EvictionPace {
  readonly #caps: Caps
  readonly #written = new Map<DocumentKind, number>()

  constructor(caps: Caps) {
    this.#caps = caps
  }

  /** Notes a write; answers how many may be kept when it is time to look, and `null` otherwise. */
  noted(kind: DocumentKind): number | null {
    const cap = this.#caps[kind]
    if (cap === undefined) return null
    const written = (this.#written.get(kind) ?? 0) + 1
    const isTime = written >= evictionStep(cap)
    this.#written.set(kind, isTime ? 0 : written)
    return isTime ? cap.inAll : null
  }
}

/** How many more than its cap of a kind there may be for a moment, on each node. */
export function evictionStep({ inAll }: Pick<Cap, 'inAll'>): number {
  return Math.min(256, Math.ceil(inAll / 16))
}

/** How many are removed at most in one step; more there are only when a cap was lowered. */
export const LARGEST_EVICTION = 1024
