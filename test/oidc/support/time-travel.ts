import { vi } from 'vitest'

/** Sets the clock of this process so far ahead of the real one, in milliseconds; negative for the past. */
export function travel(milliseconds: number): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
}

/** Lets the clock run again as it does outside. */
export function travelHome(): void {
  vi.useRealTimers()
}
