import { createTransport } from 'nodemailer'
import type { Secret } from '../kernel/secret.ts'
import { oneLine, requireBareAddress } from './address.ts'
import type { MailPort } from './port.ts'

/** How long a mail server may take to answer, in milliseconds. */
const PATIENCE = 10_000

/** Sends mail through an SMTP server, `smtp://` with STARTTLS where it is offered, or `smtps://`. */
export function smtpMail({ url, from }: { url: Secret<string>; from: string }): MailPort & { close(): void } {
  const transport = createTransport({
    url: url.reveal(),
    pool: true,
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text }) {
      // As an object the address is taken as it is; as text it would be parsed as a list (RFC 5322 §3.4).
      const recipient = { name: '', address: requireBareAddress(to) }
      await transport.sendMail({
        from: { name: '', address: requireBareAddress(from) },
        to: recipient,
        envelope: { from, to: [recipient.address] },
        subject: oneLine(subject),
        text,
      })
    },
    close: () => transport.close(),
  }
}
