import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as a real SMTP server got it. */
export interface ReceivedMail {
  from: string
  /** The recipients of the envelope. */
  to: string[]
  source: string
}

/** An SMTP server on loopback that keeps what it gets. */
export interface Mailbox {
  url: string
  mails: ReceivedMail[]
  /** Resolves with the first mail to an address, once it has arrived. */
  arrival(to: string): Promise<ReceivedMail>
  close(): Promise<void>
}

/** Opens a mailbox on a free port. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = []
  const waiting: { to: string; resolve: (mail: ReceivedMail) => void }[] = []
  const find = (to: string) => mails.find((mail) => mail.to.includes(to))
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString('utf8'),
        })
        for (const { to, resolve } of waiting) {
          const mail = find(to)
          if (mail) resolve(mail)
        }
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    arrival: (to) =>
      new Promise((resolve) => {
        const mail = find(to)
        if (mail) resolve(mail)
        else waiting.push({ to, resolve })
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
