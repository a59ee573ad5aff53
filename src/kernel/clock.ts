/** The current time as a count of milliseconds since 1970, UTC. */
export type Clock = () => number

/** Reads the machine's clock. Only this room does; everyone else is handed a `Clock` or a time. */
export const systemClock: Clock = () => Date.now()

/** Reads a clock that nobody can set, in milliseconds since the process began: for measuring how long something takes. */
export const steadyClock: Clock = () => performance.now()

/** Writes a time the way the log, the tables and the API spell it: ISO 8601, UTC, milliseconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Reads an ISO 8601 time back into milliseconds since 1970. */
export function parseIsoTime(text: string): number {
  return Date.parse(text)
}
