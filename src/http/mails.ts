import type { Mail } from '../mail/port.ts'

/** Writes the mail with a sign-in link. It names nothing that the recipient did not type. */
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
      `Or type this code on the page where you asked for it: ${facts.code.slice(0, 4)}-${facts.code.slice(4)}`,
      '',
      'Both work once, for ten minutes. If it was not you, ignore this mail; nothing has happened.',
      '',
    ].join('\n'),
  }
}

/** Writes the mail with which a person proves an address. */
export function confirmationMail(facts: { to: string; username: string; url: string }): Mail {
  return {
    to: facts.to,
    subject: 'Confirm your mail address',
    text: [
      `This address stands on the account ${facts.username}. To confirm that it is yours, open:`,
      '',
      facts.url,
      '',
      'The link works once, for a day. If you do not know the account, ignore this mail.',
      '',
    ].join('\n'),
  }
}

/** Writes the notice that something about an account changed, which the owner must hear of. */
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
