import { oneLine, requireBareAddress } from './address.ts'
import type { Mail, MailPort } from './port.ts'

/** Prints mail instead of sending it, for an installation without a mail server. */
export function consoleMail(print: (text: string) => void): MailPort {
  const render = ({ to, subject, text }: Mail) => {
    const address = requireBareAddress(to)
    const body = text.split(/\r?\n/).map((line) => `  ${oneLine(line)}`.trimEnd())
    return [`mail to ${address}: ${oneLine(subject)}`, ...body].join('\n')
  }
  return {
    send: async (mail) => print(render(mail)),
    rehearse: async (mail) => void render(mail),
  }
}
