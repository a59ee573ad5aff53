import { readMailAddress } from '../kernel/mail-address.ts'
import { MailRefused } from './port.ts'

/**
 * Returns exactly one address, as a mail server accepts it: anything else in the field would reach the server as more
 * recipients or headers.
 *
 * @throws MailRefused when it is not; the address itself is not repeated.
 */
export function requireBareAddress(text: string): string {
  const read = readMailAddress(text)
  if ('problem' in read) throw new MailRefused('A recipient is not one bare mail address')
  return read.address
}

/** Removes control characters from a text, so that it stays one line. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
