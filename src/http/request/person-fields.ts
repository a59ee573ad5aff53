import { profile } from '../../events/profile.ts'
import { readInput } from '../../kernel/input.ts'
import { type MailRule, mailRuleProblem, readMailAddress } from '../../kernel/mail-address.ts'
import { member } from './form.ts'

/** What people type about themselves on a page; an empty field is `null`. */
export interface PersonFields {
  given_name: string | null
  family_name: string | null
  email: string | null
}

/** The fields as they were typed, to be shown again. */
export type TypedPerson = { [K in keyof PersonFields]: string }

/** What is wrong with the fields of a form, by their names. */
export type FieldProblems = Readonly<Partial<Record<string, string>>>

type Read = { value: string | null } | { fault: string }

const NAMES = ['given_name', 'family_name', 'email'] as const

/** Reads name and mail address from a form or from JSON: what they are, what was typed, and what is wrong with it. */
export function readPerson(
  body: unknown,
  rule: MailRule,
): { person: PersonFields; typed: TypedPerson; problems: FieldProblems } {
  const readers: { [K in keyof PersonFields]: (text: string) => Read } = {
    given_name: (text) => readInput(profile.given_name, text, 'The given name'),
    family_name: (text) => readInput(profile.family_name, text, 'The family name'),
    email: (text) => readAddress(text, rule),
  }
  const person: PersonFields = { given_name: null, family_name: null, email: null }
  const typed: TypedPerson = { given_name: '', family_name: '', email: '' }
  const problems: Partial<Record<string, string>> = {}
  for (const name of NAMES) {
    const given = member(body, name)
    typed[name] = typeof given === 'string' ? given.trim() : ''
    if (typed[name] === '') continue
    const read = readers[name](typed[name])
    if ('fault' in read) problems[name] = `${read.fault}.`
    else person[name] = read.value
  }
  return { person, typed, problems }
}

function readAddress(text: string, rule: MailRule): Read {
  const read = readMailAddress(text)
  if ('problem' in read) return { fault: `The mail address ${read.problem}` }
  // A public page does not name the setting that would allow it.
  if (mailRuleProblem(read.address, rule) !== null) {
    return { fault: 'The mail address must have a domain with a dot in it' }
  }
  return { value: read.address }
}
