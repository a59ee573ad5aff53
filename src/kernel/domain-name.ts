import { isIP } from 'node:net'
import { domainToUnicode } from 'node:url'

/** The longest label and name of the DNS, in octets (RFC 1035 §2.3.4; a name without its dot at the end). */
export const LONGEST_LABEL = 63
const LONGEST_NAME = 253

/** A label of letters, digits and hyphens (RFC 5890 §2.3.1). */
const LDH_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** Tells whether a lower-case text is a domain name of LDH labels, with A-labels after `xn--`, and no IP address. */
export function isDomainName(text: string): boolean {
  const labels = text.split('.')
  if (text.length > LONGEST_NAME || labels.some((label) => label.length > LONGEST_LABEL)) return false
  if (!labels.every((label) => LDH_LABEL.test(label)) || /^\d+$/.test(labels.at(-1) ?? '')) return false
  // The conversion leaves an `xn--` label that is not an A-label as it is (RFC 5891 §5.4).
  return !text.includes('xn--') || !/(^|\.)xn--/.test(domainToUnicode(text))
}

/** Tells whether the host of a URL, as `URL` formats it, is an IP address. */
export function isIpHost(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}
