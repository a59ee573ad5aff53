/** A mail to one person. */
export interface Mail {
  /** One bare address. */
  to: string
  subject: string
  /** Plain text. */
  text: string
}

/** Whoever carries mail. */
export interface MailPort {
  /** Hands a mail over. Rejects when it was not taken, or when `to` is not one bare address. */
  send(mail: Mail): Promise<void>
  /** Does the work of sending as far as it can be done without a recipient, and drops the mail. */
  rehearse(mail: Mail): Promise<void>
}
