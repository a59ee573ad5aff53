import { oneLine, requireBareAddress } from './address.ts'
import type { MailPort } from './port.ts'

/** Prints mail instead of sending it, for an installation without a mail server. */
export function consoleMail(print: (text: string) => void): MailPort {
  return {
    async send({ to, subject, text }) {
      const address = requireBareAddress(to)
      const body = text.split(/\r?\n/).map((line) => `  ${oneLine(line)}`.trimEnd())
      print([`mail to ${address}: ${oneLine(subject)}`, ...body].join('\n'))
    },
  }
}
