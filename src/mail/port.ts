/** A mail to one person. */
export interface Mail {
  /** One bare address. */
  to: string
  subject: string
  /** Plain text. */
  text: string
  /** Names the mail, so that one that is handed over twice is shown once; it becomes part of the `Message-ID`. */
  id?: string
}

/** Says that a mail will not be taken however often it is tried. */
export class MailRefused extends Error {}

/** Whoever carries mail. */
export interface MailPort {
  /**
   * Hands a mail over; rejects when it was not taken.
   *
   * @throws MailRefused when it never will be: the server says so (RFC 5321 §4.2.1, 5yz), or `to` is no bare address.
   */
  send(mail: Mail): Promise<void>
  /** Does the work of sending as far as it can be done without a recipient, and drops the mail. */
  rehearse(mail: Mail): Promise<void>
}
