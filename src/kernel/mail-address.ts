import { domainToASCII } from 'node:url'
import { isDomainName, LONGEST_LABEL } from './domain-name.ts'
import { foldedKey } from './name-key.ts'
import { Refusal } from './refusal.ts'

// The one definition of a mail address, for all code that accepts, stores, compares or mails to one.

/** A mail address in its stored spelling, or its fault as the end of a sentence. */
export type MailAddress = { address: string } | { problem: string }

/** Limits of RFC 5321 §4.5.3.1, in octets. A path has 256 with its two angle brackets. */
const LONGEST_ADDRESS = 254
/** Longer texts are refused at once; a domain may be longer before its conversion. */
const LONGEST_TEXT = 1024
const LONGEST_LOCAL_PART = 64

/** RFC 5322 §3.2.3. */
const DOT_ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
/** Spaces and invisible characters; the two joiners can be part of a name (RFC 5892 appendix A). */
const UNSEEN = /(?![\u200c\u200d])[\s\p{C}]/u
/** The characters of a domain before conversion. The platform's conversion reads `%41`, `/` and `:` as in a URL. */
const DOMAIN_ASCII = /^[a-z0-9.\u0080-\u{10ffff}-]+$/iu

const WHOLE = 'must be one bare address like ada@example.org, without a name, brackets or spaces'
const WITHOUT_AT = 'must be an address with an @, like ada@example.org'
const NO_IP_ADDRESS = 'must have a domain name after the @, not an IP address'
const NO_DOMAIN = 'must have a domain name after the @, like example.org'
const TOO_LONG = `must have at most ${LONGEST_ADDRESS} characters`

/**
 * Reads one bare mail address (RFC 5321 §4.1.2): a local part that is a dot-atom, and a domain whose
 * internationalised labels become A-labels (RFC 5890 §2.3.2.1) in lower case. The local part stays as it is.
 *
 * Quoted and non-ASCII local parts are refused: few servers support them (RFC 6531), and no rule says when two spellings
 * of one are the same.
 */
export function readMailAddress(text: string): MailAddress {
  if (text.length > LONGEST_TEXT) return { problem: TOO_LONG }
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const problem = at < 0 ? WITHOUT_AT : (shapeProblem(text) ?? localPartProblem(local))
  if (problem) return { problem }
  const domain = readDomain(text.slice(at + 1))
  if ('problem' in domain) return domain
  const address = `${local}@${domain.domain}`
  return address.length > LONGEST_ADDRESS ? { problem: TOO_LONG } : { address }
}

/** Folds an address to the form by which uniqueness is checked; a domain counts as its A-labels. */
export function mailKey(text: string): string {
  const read = readMailAddress(text)
  return foldedKey('address' in read ? read.address : text)
}

/** Whether the operator allows addresses like `root@localhost`. */
export interface MailRule {
  mailSingleLabelDomains: boolean
}

/** Says why the operator's rule forbids a valid address, or `null`. */
export function mailRuleProblem(address: string, { mailSingleLabelDomains }: MailRule): string | null {
  if (mailSingleLabelDomains || address.slice(address.lastIndexOf('@')).includes('.')) return null
  return 'must have a domain with a dot in it, unless OIDC_OP_MAIL_SINGLE_LABEL_DOMAINS is true'
}

/**
 * Reads an address by the operator's rule too.
 *
 * @throws Refusal `invalid_input` with a sentence.
 */
export function requireMailAddress(text: string, rule: MailRule): string {
  const read = readMailAddress(text)
  const problem = 'problem' in read ? read.problem : mailRuleProblem(read.address, rule)
  if (problem !== null) throw new Refusal('invalid_input', `email ${problem}`)
  return 'address' in read ? read.address : text
}

/** Says why a text is not one plain address: it looks like a list, a header or an address literal. */
function shapeProblem(text: string): string | null {
  if (UNSEEN.test(text)) return WHOLE
  if (/^"[^"]*"@[^"<>]*$/.test(text)) return 'must not have a quoted part before the @'
  if (/@\[[^@]*$/.test(text)) return NO_IP_ADDRESS
  return /[<>(),;:\\"[\]]/.test(text) ? WHOLE : null
}

function localPartProblem(local: string): string | null {
  if (local === '') return 'must have something before the @'
  if (local.includes('@')) return 'must have only one @'
  if (/[^\p{ASCII}]/u.test(local)) return 'must have only ASCII characters before the @'
  if (!DOT_ATOM.test(local)) return 'must not begin or end with a dot before the @, or have two in a row'
  if (local.length <= LONGEST_LOCAL_PART) return null
  return `must have at most ${LONGEST_LOCAL_PART} characters before the @`
}

function readDomain(text: string): { domain: string } | { problem: string } {
  if (text === '' || !DOMAIN_ASCII.test(text)) return { problem: NO_DOMAIN }
  const domain = domainToASCII(text)
  if (/^[\d.]+$/.test(domain)) return { problem: NO_IP_ADDRESS }
  if (domain.endsWith('.')) return { problem: 'must not end with a dot' }
  if (domain.split('.').some((label) => label.length > LONGEST_LABEL))
    return { problem: `must have at most ${LONGEST_LABEL} characters in each part of its domain` }
  if (domain.length > LONGEST_ADDRESS) return { problem: TOO_LONG }
  if (!isDomainName(domain)) return { problem: NO_DOMAIN }
  return { domain }
}
