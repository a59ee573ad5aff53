import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/kernel/secret.ts'
import { consoleMail } from '../../src/mail/console.ts'
import { smtpMail } from '../../src/mail/smtp.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'

let mailbox: Mailbox | undefined
afterEach(async () => {
  await mailbox?.close()
  mailbox = undefined
})

const NOT_ONE_ADDRESS = [
  'ada@example.org, eve@example.net',
  'ada@example.org;eve@example.net',
  'Ada <ada@example.org>',
  '"eve@example.net, x"@example.org',
  'ada@example.org\r\nBcc: eve@example.net',
  'ada@example.org>\r\nRCPT TO:<eve@example.net',
  'ada@[127.0.0.1]\nx',
  'ada',
  '',
]

describe('mail by SMTP', () => {
  it('brings text to one recipient', async () => {
    mailbox = await openMailbox()
    const mail = smtpMail({ url: new Secret(mailbox.url), from: 'sign-in@example.org' })
    await mail.send({ to: 'ada@example.org', subject: 'Ünïcode', text: 'a line\nand a link: http://x/y' })
    mail.close()
    const [received] = mailbox.mails
    expect(received?.from).toBe('sign-in@example.org')
    expect(received?.to).toEqual(['ada@example.org'])
    expect(received?.source).toContain('and a link: http://x/y')
  })

  it.each(NOT_ONE_ADDRESS)('M12 refuses %j as a recipient', async (to) => {
    mailbox = await openMailbox()
    const mail = smtpMail({ url: new Secret(mailbox.url), from: 'sign-in@example.org' })
    await expect(mail.send({ to, subject: 's', text: 't' })).rejects.toThrow('not one bare mail address')
    mail.close()
    expect(mailbox.mails).toEqual([])
  })

  it('M12 lets no header in by the subject', async () => {
    mailbox = await openMailbox()
    const mail = smtpMail({ url: new Secret(mailbox.url), from: 'sign-in@example.org' })
    await mail.send({ to: 'ada@example.org', subject: 'x\r\nBcc: eve@example.net\r\n\r\nbody', text: 't' })
    mail.close()
    expect(mailbox.mails[0]?.to).toEqual(['ada@example.org'])
    expect(mailbox.mails[0]?.source).not.toMatch(/^Bcc:/im)
  })
})

describe('mail without a server', () => {
  it('is printed, and cannot forge lines of the console', async () => {
    const printed: string[] = []
    const mail = consoleMail((text) => printed.push(text))
    await mail.send({
      to: 'ada@example.org',
      subject: 'Link\u001b[2J',
      text: 'open\u001b[31m http://x/y\nend',
    })
    expect(printed).toEqual(['mail to ada@example.org: Link [2J\n  open [31m http://x/y\n  end'])
    await expect(mail.send({ to: 'a\nb@c.d', subject: '', text: '' })).rejects.toThrow('not one bare')
  })
})
