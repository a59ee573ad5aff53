import { type Command, InvalidArgumentError } from 'commander'
import { isoTime, parseIsoTime } from '../kernel/clock.ts'

/** Adds a verb to a noun; every verb can answer in JSON. */
export function verb(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).option('--json', 'answer in JSON')
}

/** Collects an option that may be given many times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** Reads a whole number that is not negative. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It is no whole number.')
  return number
}

/** Reads a whole number of at least one. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text)
  if (number === 0) throw new InvalidArgumentError('It must be at least 1.')
  return number
}

/** Reads an ISO 8601 time, or a date for its first moment in UTC; gives it as the log spells it. */
export function time(text: string): string {
  const valid = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const milliseconds = parseIsoTime(text)
  if (!valid || Number.isNaN(milliseconds)) {
    throw new InvalidArgumentError('It must be like 2030-01-31 or 2030-01-31T12:00:00Z.')
  }
  return isoTime(milliseconds)
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads a span like `90m`, `12h` or `3d` in milliseconds. */
export function span(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError('It must be like 90m, 12h or 3d.')
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}
