import type { Mail } from './port.ts'

/** Writes a code in two halves, which are easier to read and type. */
function spaced(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** Writes the mail with a sign-in link. It holds no personal data but what the recipient typed. */
export function signInMail(facts: {
  to: string
  username: string
  url: string
  code: string
  application: string | null
}): Mail {
  const where = facts.application === null ? 'Countersign' : `${facts.application} by Countersign`
  return {
    to: facts.to,
    subject: 'Your sign-in link',
    text: [
      `Somebody, hopefully you, wants to sign in to ${where} as ${facts.username}.`,
      '',
      `Open this link: ${facts.url}`,
      '',
      `Or type this code on the page where you asked for it: ${spaced(facts.code)}`,
      'If you open the link in another browser than that one, you are asked for the code too.',
      '',
      'Both work once, for ten minutes. If it was not you, ignore this mail; nothing has happened.',
      '',
    ].join('\n'),
  }
}

/** Writes the mail with an invitation: who invites, the two ways to accept, and until when. */
export function invitationMail(facts: {
  to: string
  username: string
  /** The inviter's name, as the recipient knows it. */
  inviter: string
  /** The public address of this service. */
  issuer: string
  url: string
  code: string
  /** ISO 8601. */
  expires_at: string
}): Mail {
  return {
    to: facts.to,
    subject: 'Your invitation',
    text: [
      `${facts.inviter} invites you to ${facts.issuer}, where you will be ${facts.username}.`,
      '',
      `Open this link: ${facts.url}`,
      '',
      `Or open ${facts.issuer}/invite and type your user name and this code: ${spaced(facts.code)}`,
      '',
      `Both work once, until ${minuteOf(facts.expires_at)}. If you do not know who invites you, ignore this mail.`,
      '',
    ].join('\n'),
  }
}

/** Writes a time for people, `2030-01-31 12:00 UTC`. */
function minuteOf(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}

/** Writes the mail by which a person confirms an address. */
export function confirmationMail(facts: { to: string; username: string; url: string; code: string }): Mail {
  return {
    to: facts.to,
    subject: 'Confirm your mail address',
    text: [
      `The account ${facts.username} names this as its mail address. To confirm that it is yours, open:`,
      '',
      facts.url,
      '',
      `Or type this code on the account page: ${spaced(facts.code)}`,
      'If you open the link in another browser than the one where you asked, you are asked for the code too.',
      '',
      'Both work once, for a day. If you do not know the account, ignore this mail; nothing has happened.',
      '',
    ].join('\n'),
  }
}

/** Writes the notice that tells the owner of an account about a change. */
export function noticeMail(facts: { to: string; username: string; what: string; when: string }): Mail {
  return {
    to: facts.to,
    subject: facts.what,
    text: [
      `${facts.what}: account ${facts.username}, ${facts.when}.`,
      '',
      'If it was you, there is nothing to do. If not, tell an administrator at once.',
      '',
    ].join('\n'),
  }
}
