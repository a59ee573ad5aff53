import { Refusal } from '../kernel/refusal.ts'
import { isCommonPassword, withoutLookalikes } from './password-blocklist.ts'
import { countCharacters, LONGEST_PASSWORD, preparePassword } from './password-text.ts'

/** Why a password cannot be chosen. */
export type PasswordFault =
  | 'malformed'
  | 'too_long'
  | 'too_short'
  | 'too_common'
  | 'contains_service_name'
  | 'contains_personal_data'

/** Whose password it is going to be, and how long it has to be. */
export interface PasswordContext {
  /** The least number of characters; see `PASSWORD_LENGTH`. */
  readonly minimum: number
  readonly serviceName: string
  /** The person's own data; what is not known is left out or `null`. */
  readonly person: {
    readonly username?: string | null
    readonly email?: string | null
    readonly given_name?: string | null
    readonly family_name?: string | null
  }
}

/** The refusal of a password that somebody wanted to choose: `fault` for programs, the message for the person. */
export class PasswordRefused extends Refusal {
  readonly fault: PasswordFault

  constructor(fault: PasswordFault, message: string) {
    super('invalid_input', message)
    this.name = 'PasswordRefused'
    this.fault = fault
  }
}

/**
 * Finds what is wrong with a password that somebody wants to choose, or `null`. Length and blocklist only, no
 * composition rules (NIST SP 800-63B-4 §3.1.1.2).
 */
export function findPasswordFault(password: string, context: PasswordContext): PasswordFault | null {
  const prepared = preparePassword(password)
  if (!prepared.ok) return prepared.reason
  if (countCharacters(prepared.text) < context.minimum) return 'too_short'
  if (isCommonPassword(prepared.text)) return 'too_common'
  if (containsAny(prepared.text, [context.serviceName])) return 'contains_service_name'
  if (containsAny(prepared.text, personalTerms(context.person))) return 'contains_personal_data'
  return null
}

/**
 * Checks that a password is acceptable.
 *
 * @throws PasswordRefused (`invalid_input`) with the reason, in words for the person who chose it.
 */
export function requireAcceptablePassword(password: string, context: PasswordContext): void {
  const fault = findPasswordFault(password, context)
  if (fault !== null) throw passwordRefusal(fault, context.minimum)
}

/** Puts a fault into words; `minimum` is the length that was asked for. */
export function passwordRefusal(fault: PasswordFault, minimum: number): PasswordRefused {
  const messages: Record<PasswordFault, string> = {
    malformed: 'The password contains broken characters; please type it again',
    too_long: `The password must have at most ${LONGEST_PASSWORD} characters`,
    too_short: `The password must have at least ${minimum} characters`,
    too_common: 'This password is among the first that a guesser tries; please choose another',
    contains_service_name: 'The password must not contain the name of this service',
    contains_personal_data: 'The password must not contain your user name, your e-mail address or your name',
  }
  return new PasswordRefused(fault, messages[fault])
}

function personalTerms(person: PasswordContext['person']): string[] {
  const mailbox = person.email?.slice(0, Math.max(0, person.email.lastIndexOf('@')))
  return [person.username, mailbox, mailbox?.split('+')[0], person.given_name, person.family_name].filter(
    (term) => typeof term === 'string',
  )
}

function containsAny(password: string, terms: readonly string[]): boolean {
  const plain = comparable(password)
  const read = comparable(withoutLookalikes(password.toLowerCase()))
  return terms.some((term) => {
    const normal = term.normalize('NFKC')
    return (
      isWithin(comparable(normal), plain) ||
      isWithin(comparable(withoutLookalikes(normal.toLowerCase())), read)
    )
  })
}

// Almost every password contains any one or two letters, so a name that short is not checked.
function isWithin(term: string, password: string): boolean {
  return countCharacters(term) >= 3 && password.includes(term)
}

// Case, spaces and punctuation aside, so that `Jane.Doe` is found in `janedoe` and `JANE-DOE`.
function comparable(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}
