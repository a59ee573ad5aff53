/** How long a password or passkey counts as fresh, in milliseconds. */
export const FRESH_FOR = 5 * 60_000

/** When a person last gave a password or passkey in a session, in milliseconds since 1970; a mailed link is neither. */
export interface Proven {
  strongAuthTime: number | null
}

/**
 * Tells whether a password or passkey was given within the last minutes. A time further in the future than that
 * was written by a wrong clock and proves nothing.
 */
export function isFresh({ strongAuthTime }: Proven, now: number): boolean {
  return strongAuthTime !== null && Math.abs(now - strongAuthTime) <= FRESH_FOR
}
