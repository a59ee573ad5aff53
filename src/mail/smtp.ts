import { createTransport } from 'nodemailer'
import type { Secret } from '../kernel/secret.ts'
import { oneLine, requireBareAddress } from './address.ts'
import type { Mail, MailPort } from './port.ts'

/** How long a mail server may take to answer, in milliseconds. */
const PATIENCE = 10_000

/** Nothing in a mail may name a file or an address to be read into it. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true } as const

/** Sends mail through an SMTP server, `smtp://` with STARTTLS where it is offered, or `smtps://`. */
export function smtpMail({ url, from }: { url: Secret<string>; from: string }): MailPort & { close(): void } {
  const transport = createTransport({
    url: url.reveal(),
    pool: true,
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    ...CLOSED,
  })
  const rehearsal = createTransport({ streamTransport: true, buffer: true, ...CLOSED })
  const message = ({ to, subject, text }: Mail) => {
    // As an object the address is taken as it is; as text it would be parsed as a list (RFC 5322 §3.4).
    const recipient = { name: '', address: requireBareAddress(to) }
    return {
      from: { name: '', address: requireBareAddress(from) },
      to: recipient,
      envelope: { from, to: [recipient.address] },
      subject: oneLine(subject),
      text,
    }
  }
  return {
    send: async (mail) => void (await transport.sendMail(message(mail))),
    rehearse: async (mail) => void (await rehearsal.sendMail(message(mail))),
    close: () => transport.close(),
  }
}
