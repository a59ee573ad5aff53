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

  const LINK = `https://id.example.org/link/${'aB3_-'.repeat(60)}`
  const source = async (text: string) => {
    mailbox = await openMailbox()
    const mail = smtpMail({ url: new Secret(mailbox.url), from: 'sign-in@example.org' })
    await mail.send({ to: 'ada@example.org', subject: 's', text })
    mail.close()
    const [head = '', ...body] = (mailbox.mails[0]?.source ?? '').split('\r\n\r\n')
    return { head, body: body.join('\r\n\r\n') }
  }

  it.each([
    ['a link longer than a line of quoted-printable', `Open\n${LINK}\nand go on`],
    ['an equals sign, a dot and a From at the beginning of a line', `a=3D\n.\n..\nFrom here\n${LINK}`],
    ['the longest line there may be', 'x'.repeat(998)],
    ['nothing but a line end', '\n'],
  ])('sends ASCII as 7bit, byte for byte: %s', async (_what, text) => {
    const { head, body } = await source(text)
    expect(head).toMatch(/^Content-Transfer-Encoding: 7bit$/m)
    expect(body.replace(/\r\n$/, '').replaceAll('\r\n', '\n')).toBe(text.replace(/\n$/, ''))
  })

  it.each([
    ['other letters', `Grüße an Ada\n${LINK}`],
    ['a line that no server has to take', `${'x'.repeat(999)}\n${LINK}`],
    ['a lone carriage return', `a\rb\n${LINK}`],
  ])('never breaks a link in the open, and brings all of the text: %s', async (_what, text) => {
    const { head, body } = await source(text)
    expect(head).toMatch(/^Content-Transfer-Encoding: base64$/m)
    expect(body).not.toContain('https://')
    expect(Math.max(...body.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76)
    expect(Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n')).toContain(LINK)
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
