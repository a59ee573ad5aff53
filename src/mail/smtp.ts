import { createTransport } from 'nodemailer'
import type MailMessage from 'nodemailer/lib/mailer/mail-message.js'
import type { Secret } from '../kernel/secret.ts'
import { oneLine, requireBareAddress } from './address.ts'
import { type Mail, type MailPort, MailRefused } from './port.ts'

/** How long a mail server may take to answer, in milliseconds. */
const PATIENCE = 10_000

/** A mail must not include files or URLs. */
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
  for (const each of [transport, rehearsal]) each.use('stream', keepLinesWhole)
  const message = ({ to, subject, text, id }: Mail) => {
    // An object is used as it is; text would be parsed as a list of addresses (RFC 5322 §3.4).
    const recipient = { name: '', address: requireBareAddress(to) }
    return {
      from: { name: '', address: requireBareAddress(from) },
      to: recipient,
      envelope: { from, to: [recipient.address] },
      subject: oneLine(subject),
      text,
      // For text that cannot be sent as 7bit: unlike quoted-printable, base64 breaks no line visibly.
      textEncoding: 'base64' as const,
      ...(id === undefined ? {} : { messageId: `<${id}${from.slice(from.lastIndexOf('@'))}>` }),
    }
  }
  return {
    async send(mail) {
      const ready = message(mail)
      await transport.sendMail(ready).catch((cause: unknown) => {
        throw isFinal(cause)
          ? new MailRefused('The mail server refused a mail permanently', { cause })
          : cause
      })
    },
    rehearse: async (mail) => void (await rehearsal.sendMail(message(mail))),
    close: () => transport.close(),
  }
}

/** The longest line that every server accepts, without its line end (RFC 5322 §2.1.1). */
const LONGEST_LINE = 998

/** Sends ASCII text as 7bit. By default the library breaks lines, and so links, of more than 76 characters. */
function keepLinesWhole({ data, message }: MailMessage, done: () => void): void {
  if (typeof data.text === 'string' && isSevenBit(data.text)) message.getTransferEncoding = () => '7bit'
  done()
}

/** Tells whether a text can be sent as it is (RFC 2045 §2.7). */
function isSevenBit(text: string): boolean {
  const lines = text.split(/\r?\n/)
  return lines.every((line) => line.length <= LONGEST_LINE && /^[\t\x20-\x7e]*$/.test(line))
}

/** Tells whether a server's answer is a permanent one (RFC 5321 §4.2.1). */
function isFinal(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500
}
