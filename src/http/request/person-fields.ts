import { email, profile } from '../../events/fields.ts'
import { readInput } from '../../kernel/input.ts'
import { member } from '../form.ts'

/** What people say about themselves on a page; what is left empty is `null`. */
export interface PersonFields {
  given_name: string | null
  family_name: string | null
  email: string | null
}

/** The fields as they were typed, to be shown again. */
export type TypedPerson = { [K in keyof PersonFields]: string }

/** What is wrong with the fields of a form, by their names. */
export type FieldProblems = Readonly<Partial<Record<string, string>>>

const RULES = {
  given_name: [profile.given_name, 'The given name'],
  family_name: [profile.family_name, 'The family name'],
  email: [email.nullable(), 'The mail address'],
} as const

const NAMES = ['given_name', 'family_name', 'email'] as const

/** Reads name and mail address from a form or from JSON: what they are, what was typed, and what is wrong with it. */
export function readPerson(body: unknown): {
  person: PersonFields
  typed: TypedPerson
  problems: FieldProblems
} {
  const person: PersonFields = { given_name: null, family_name: null, email: null }
  const typed: TypedPerson = { given_name: '', family_name: '', email: '' }
  const problems: Partial<Record<string, string>> = {}
  for (const name of NAMES) {
    const given = member(body, name)
    typed[name] = typeof given === 'string' ? given.trim() : ''
    if (typed[name] === '') continue
    const [schema, what] = RULES[name]
    const read = readInput(schema, typed[name], what)
    if ('fault' in read) problems[name] = `${read.fault}.`
    else person[name] = read.value
  }
  return { person, typed, problems }
}
