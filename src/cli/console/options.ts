import { type Command, InvalidArgumentError } from 'commander'
import { readSpan, readTime, SPAN_FORMS, TIME_FORMS } from '../../kernel/time-forms.ts'

/** Adds a verb to a noun; every verb can answer in JSON. */
export function verb(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).option('--json', 'answer in JSON')
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** Reads a whole number that is not negative. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It is not a whole number.')
  return number
}

/** Reads a whole number of at least one. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text)
  if (number === 0) throw new InvalidArgumentError('It must be at least 1.')
  return number
}

/** Reads a date or a time; returns it as the log writes it. */
export function time(text: string): string {
  const read = readTime(text)
  if (read === null) throw new InvalidArgumentError(`It ${TIME_FORMS}.`)
  return read
}

/** Reads a time span in milliseconds. */
export function span(text: string): number {
  const read = readSpan(text)
  if (read === null) throw new InvalidArgumentError(`It ${SPAN_FORMS}.`)
  return read
}
