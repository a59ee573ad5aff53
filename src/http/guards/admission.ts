import { ADDRESS_WINDOW, ANONYMOUS_KINDS, type AnonymousKind } from '../../documents/anonymous-kinds.ts'
import type { Clock } from '../../kernel/clock.ts'
import { TooManyRequests } from '../../kernel/refusal.ts'
import { addressBucket } from '../address-bucket.ts'

/** How many addresses are remembered; beyond them those are forgotten whose window began first. */
const ADDRESSES = 50_000

/** Bounds how much one address makes the service keep without signing in. */
export interface Admission {
  /**
   * Counts a document that somebody who is not signed in wants written.
   *
   * @throws TooManyRequests by the address alone.
   */
  admit(kind: AnonymousKind, address: string): void
}

/**
 * Makes the keeper of these budgets. It counts in the memory of this process: a count that were a document would cost
 * as much as what it bounds, and over all nodes and restarts the number of documents is bounded by their kind.
 */
export function createAdmission(clock: Clock): Admission {
  const windows = new Map<string, { count: number; end: number }>()

  const windowOf = (key: string, now: number) => {
    const found = windows.get(key)
    if (found && found.end > now) return found
    windows.delete(key)
    const oldest = windows.size >= ADDRESSES ? windows.keys().next().value : undefined
    if (oldest !== undefined) windows.delete(oldest)
    const opened = { count: 0, end: now + ADDRESS_WINDOW }
    windows.set(key, opened)
    return opened
  }

  return {
    admit(kind, address) {
      const { perAddress } = ANONYMOUS_KINDS[kind]
      if (perAddress === null) return
      const now = clock()
      const window = windowOf(`${kind} ${addressBucket(address)}`, now)
      if (window.count >= perAddress) {
        const seconds = Math.max(1, Math.ceil((window.end - now) / 1000))
        throw new TooManyRequests('Too many requests came from your network; try again later', seconds)
      }
      window.count += 1
    },
  }
}
