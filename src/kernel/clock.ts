/** The current time as a count of milliseconds since 1970, UTC. */
export type Clock = () => number

/** Reads the machine's clock. Only this room does; all others are given a `Clock` or a time. */
export const systemClock: Clock = () => Date.now()

/** Reads a clock that nobody can set, in milliseconds since the process began: for measuring how long something takes. */
export const steadyClock: Clock = () => performance.now()

/** How far two clocks that are right may be apart, in milliseconds. */
export const CLOCK_SKEW = 60_000

/** Tells whether something issued at one time and valid until another is valid now; not yet if it is issued later. */
export function isCurrent({ from, until }: { from: number; until: number }, now: number): boolean {
  return from - CLOCK_SKEW <= now && now < until
}

/** Formats a time as the log, the tables and the API do: ISO 8601, UTC, milliseconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Describes the fault when the log has a time that is in the future here; `null` when it has none. */
export function clockBehind(latest: string | null, now: number): string | null {
  if (latest === null || parseIsoTime(latest) <= now + CLOCK_SKEW) return null
  return `it is ${isoTime(now)} here, but the log has an event of ${latest}: the clock of this machine is slow, or another one was fast when the event was written`
}

/** Reads an ISO 8601 time back into milliseconds since 1970. */
export function parseIsoTime(text: string): number {
  return Date.parse(text)
}
