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
}
