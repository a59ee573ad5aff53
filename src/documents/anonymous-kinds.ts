import { Refusal } from '../kernel/refusal.ts'
import type { DocumentKind } from './port.ts'

/** How many documents of one kind are kept for people who are not signed in. */
export interface Cap {
  /** The largest payload, in bytes of JSON; a counter has none. */
  bytes: number
  /** How many one address (of IPv6 a /64) may write in a window; `null` where another budget bounds it. */
  perAddress: number | null
  /** How many there may be in all; beyond that, those that expire first are removed. */
  inAll: number
}

/** How long a window of `perAddress` is, in milliseconds. */
export const ADDRESS_WINDOW = 15 * 60_000

/** Lists every kind of document that can be written without a session, with its caps. */
export const ANONYMOUS_KINDS = {
  /** An authorization request that waits for a sign-in. */
  'oidc:Interaction': { bytes: 4096, perAddress: 1000, inAll: 20_000 },
  /** The provider's session of a sign-out in a browser where nobody is signed in. */
  'oidc:Session': { bytes: 4096, perAddress: 200, inAll: 5_000 },
  /** Which sign-in link a browser asked for. */
  link_request: { bytes: 3072, perAddress: 60, inAll: 20_000 },
  /** The challenge of a passkey sign-in that has begun. */
  webauthn_challenge: { bytes: 512, perAddress: 2000, inAll: 50_000 },
  /** Attempts from an address, and for unknown names; the number of attempts per address bounds them. */
  throttle_open: { bytes: 0, perAddress: null, inAll: 100_000 },
  /** What the operator should know, one document per notice. */
  operator_notice: { bytes: 512, perAddress: null, inAll: 16 },
} as const satisfies Record<string, Cap>

export type AnonymousKind = keyof typeof ANONYMOUS_KINDS

/** The caps by kind; tests pass smaller ones. */
export type Caps = Readonly<Record<DocumentKind, Cap>>

/**
 * Refuses a payload that is larger than anonymous callers may write.
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

/** Counts the writes of each kind, so that only one of many writes checks the cap. */
export class EvictionPace {
  readonly #caps: Caps
  readonly #written = new Map<DocumentKind, number>()

  constructor(caps: Caps) {
    this.#caps = caps
  }

  /** Counts a write. Returns the cap when it is time to check it, and `null` otherwise. */
  noted(kind: DocumentKind): number | null {
    const cap = this.#caps[kind]
    if (cap === undefined) return null
    const written = (this.#written.get(kind) ?? 0) + 1
    const isTime = written >= evictionStep(cap)
    this.#written.set(kind, isTime ? 0 : written)
    return isTime ? cap.inAll : null
  }
}

/** Returns by how many documents each node may exceed the cap of a kind for a moment. */
export function evictionStep({ inAll }: Pick<Cap, 'inAll'>): number {
  return Math.min(256, Math.ceil(inAll / 16))
}

/** How many documents one eviction removes at most; only a lowered cap leaves more. */
export const LARGEST_EVICTION = 1024
