import type { z } from 'zod'
import { Refusal } from './refusal.ts'

// Describes faults of an input in sentences. Schemas describe the forms that have a name; the rest is here.

type Issue = z.core.$ZodRawIssue

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  nan: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object with named fields',
  record: 'must be an object with named fields',
  tuple: 'must be a list',
  undefined: 'must be left out',
  never: 'must be left out',
}

/** Describes a fault of a field: the end of a sentence that begins with its name. */
export function inputPhrase(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : (EXPECTED[issue.expected] ?? 'has the wrong type')
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return `must ${bound(issue.origin, 'at least', issue.minimum, issue.inclusive)}`
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', issue.maximum, issue.inclusive)}`
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'has the wrong form'
    case 'unrecognized_keys':
      return `must not have the ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`
    default:
      return 'has the wrong form'
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'must be a UUID like 01900000-0000-7000-8000-000000000001',
  url: 'must be a web address like https://example.org/',
  starts_with: 'has the wrong beginning',
}

function bound(origin: string, side: string, count: number | bigint, inclusive = true): string {
  const number = inclusive ? `${count}` : side === 'at least' ? `more than ${count}` : `less than ${count}`
  const many = inclusive ? `${side} ${number}` : number
  const one = Number(count) === 1
  if (origin === 'string') return `have ${many} ${one ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set') return `have ${many} ${one ? 'entry' : 'entries'}`
  return `be ${many}`
}

const SENTENCES = { error: inputPhrase }

/** The result of `readInput`: the value, or all faults in one line. */
export type Input<T> = { value: T } | { fault: string }

/**
 * Reads an input by its schema.
 *
 * @param whole the name of the whole input, for a fault that is in no field.
 */
export function readInput<S extends z.ZodType>(
  schema: S,
  given: unknown,
  whole = 'the input',
): Input<z.output<S>> {
  const parsed = schema.safeParse(given, SENTENCES)
  if (parsed.success) return { value: parsed.data }
  // One sentence for each field: an empty field is not also reported as malformed.
  const faults = new Map(parsed.error.issues.toReversed().map((issue) => [issue.path.join('.'), issue]))
  return {
    fault: [...faults.values()]
      .toReversed()
      .map((issue) => faultText(issue, whole))
      .join('; '),
  }
}

/** Reads an input by its schema. @throws Refusal `invalid_input` with all faults in one line. */
export function requireInput<S extends z.ZodType>(schema: S, given: unknown, whole?: string): z.output<S> {
  const read = readInput(schema, given, whole)
  if ('fault' in read) throw new Refusal('invalid_input', read.fault)
  return read.value
}

/** Writes one fault as a sentence that names the field, like `redirect_uris[0] must have at most 2048 characters`. */
function faultText({ path, message }: z.core.$ZodIssue, whole: string): string {
  return `${fieldName(path) || whole} ${message}`
}

/** Names a field by its path, like `redirect_uris[0]`; empty for the whole. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('')
}
