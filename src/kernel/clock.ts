/** The current time as a count of milliseconds since 1970, UTC. */
export type Clock = () => number

/** Reads the machine's clock. Only this room does; everyone else is handed a `Clock` or a time. */
export const systemClock: Clock = () => Date.now()

/** Reads a clock that nobody can set, in milliseconds since the process began: for measuring how long something takes. */
export const steadyClock: Clock = () => performance.now()

/** How far two clocks that are right may be apart, in milliseconds. */
export const CLOCK_SKEW = 60_000

/** Tells whether something issued at one time and good until another is good now; what is issued later is not yet. */
export function isCurrent({ from, until }: { from: number; until: number }, now: number): boolean {
  return from - CLOCK_SKEW <= now && now < until
}

/** Writes a time the way the log, the tables and the API spell it: ISO 8601, UTC, milliseconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Says what is wrong when a log has come to a time that is still to come here; `null` when nothing is. */
export function clockBehind(latest: string | null, now: number): string | null {
  if (latest === null || parseIsoTime(latest) <= now + CLOCK_SKEW) return null
  return `it is ${isoTime(now)} here, but the log has an event of ${latest}: the clock of this machine is behind, or one was ahead when that was written`
}

/** Reads an ISO 8601 time back into milliseconds since 1970. */
export function parseIsoTime(text: string): number {
  return Date.parse(text)
}
