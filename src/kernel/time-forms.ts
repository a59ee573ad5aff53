import { isoTime } from './clock.ts'

// The forms of times and time spans that the API and the command line accept.

/** What a time must be, as the end of a sentence. */
export const TIME_FORMS = 'must be a date like 2030-01-31 or a time like 2030-01-31T12:00:00Z'
/** What a time span must be, as the end of a sentence. */
export const SPAN_FORMS = 'must be a time span like 90m, 12h or 3d, or a number of seconds'

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const FIRST_MOMENT = new Date(0).setUTCFullYear(0, 0, 1)

/**
 * Reads a time with an offset or `Z` (RFC 3339 §5.6; its seconds may be left out), or a date, which means its first
 * moment in UTC, into the format of the log. Returns `null` for anything else, and for a date that does not exist.
 */
export function readTime(text: string): string | null {
  const [date = '', time = '00:00Z', ...rest] = text.toUpperCase().split('T')
  const day = DATE.exec(date)
  const clock = TIME.exec(time)
  if (!day || !clock || rest.length > 0) return null
  const [year, month, dayOfMonth] = day.slice(1).map(Number) as [number, number, number]
  const [hour, minute] = [Number(clock[1]), Number(clock[2])]
  // A leap second (60) counts as the first of the next minute.
  const second = Number(clock[3] ?? 0)
  const offset = offsetOf(clock[5] ?? 'Z')
  if (hour > 23 || minute > 59 || second > 60 || offset === null) return null
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, dayOfMonth)
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== dayOfMonth) return null
  const fraction = Math.floor(Number(clock[4] ?? 0) * 1000)
  const moment = midnight.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
  // Outside these years ISO 8601 has another format, which does not sort as text.
  return moment < FIRST_MOMENT || moment > LAST_MOMENT ? null : isoTime(moment)
}

/** Reads an offset in minutes, or `null` when it is invalid. */
function offsetOf(text: string): number | null {
  if (text === 'Z') return 0
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(4, 6))]
  if (hours > 23 || minutes > 59) return null
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Reads a time span like `90m`, `12h` or `3d`, or a number of seconds, in milliseconds; `null` for anything else. */
export function readSpan(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNITS[unit] ?? 0)
  return milliseconds > 0 ? milliseconds : null
}
