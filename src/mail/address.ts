import { readMailAddress } from '../kernel/mail-address.ts'
import { MailRefused } from './port.ts'

/**
 * Lets pass what is exactly one address, in the spelling that a mail server takes: whatever else is in the field
 * would reach it as further recipients or headers.
 *
 * @throws MailRefused when it is not; the address itself is not repeated.
 */
export function requireBareAddress(text: string): string {
  const read = readMailAddress(text)
  if ('problem' in read) throw new MailRefused('A recipient is not one bare mail address')
  return read.address
}

/** Takes control characters out of a line, so that it stays one line. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
