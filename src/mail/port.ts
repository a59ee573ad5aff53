/** A mail to one person. */
export interface Mail {
  /** One bare address. */
  to: string
  subject: string
  /** Plain text. */
  text: string
  /** Identifies the mail, so that mail programs show one that is sent twice only once: part of its `Message-ID`. */
  id?: string
}

/** Says that a mail will never be accepted, however often it is sent. */
export class MailRefused extends Error {}

/** Sends mail. */
export interface MailPort {
  /**
   * Sends a mail; rejects when it was not accepted.
   *
   * @throws MailRefused when it never will be: the server says so (RFC 5321 §4.2.1, 5yz), or `to` is not a bare address.
   */
  send(mail: Mail): Promise<void>
  /** Does all the work of sending except the delivery, so that both take equally long. */
  rehearse(mail: Mail): Promise<void>
}
