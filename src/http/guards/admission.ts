import { ADDRESS_WINDOW, ANONYMOUS_KINDS, type AnonymousKind } from '../../documents/anonymous-kinds.ts'
import type { DocumentStore } from '../../documents/port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { TooManyRequests } from '../../kernel/refusal.ts'
import { addressBucket } from './address-bucket.ts'
import { isSomebodysBrowser } from './known-devices.ts'

/** How many addresses and browsers are remembered; the oldest windows are evicted first. */
const REMEMBERED = 50_000

/** The address and the browser of a request. */
export interface Asking {
  address: string
  /** The token of the browser, if it brought one. */
  browser: string | null
}

/** Bounds the number of documents that one address can cause without signing in. */
export interface Admission {
  /**
   * Counts a document that a caller without a session causes. When the budget of the address is used up, a browser in
   * which somebody signed in before has a budget of its own, which a stranger at the same address cannot use up.
   *
   * @throws TooManyRequests when both budgets are used up.
   */
  admit(kind: AnonymousKind, from: Asking): Promise<void>
}

/**
 * Makes the keeper of these budgets. It counts in the memory of this process: a counter document would cost as much
 * as the document that it bounds, and over all nodes and restarts the number of documents is bounded by their kind.
 */
export function createAdmission({ documents, clock }: { documents: DocumentStore; clock: Clock }): Admission {
  const windows = new Map<string, { count: number; end: number }>()

  const windowOf = (key: string, now: number) => {
    const found = windows.get(key)
    if (found && found.end > now) return found
    windows.delete(key)
    const oldest = windows.size >= REMEMBERED ? windows.keys().next().value : undefined
    if (oldest !== undefined) windows.delete(oldest)
    const opened = { count: 0, end: now + ADDRESS_WINDOW }
    windows.set(key, opened)
    return opened
  }

  const take = (key: string, limit: number): boolean => {
    const window = windowOf(key, clock())
    if (window.count >= limit) return false
    window.count += 1
    return true
  }

  return {
    async admit(kind, { address, browser }) {
      const { perAddress } = ANONYMOUS_KINDS[kind]
      const key = `${kind} ${addressBucket(address)}`
      if (perAddress === null || take(key, perAddress)) return
      const isSomebodys = browser !== null && (await isSomebodysBrowser(documents, browser))
      if (isSomebodys && take(`${kind} browser ${browser}`, perAddress)) return
      const now = clock()
      const seconds = Math.max(1, Math.ceil((windowOf(key, now).end - now) / 1000))
      throw new TooManyRequests('Too many requests came from your network; try again later', seconds)
    },
  }
}
