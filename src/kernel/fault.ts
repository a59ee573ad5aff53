/** What is wrong with an installation that must not start, in one line that a person can act upon. */
export class StartRefused extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StartRefused'
  }
}
