/** What is wrong with an installation that must not start, in one line that a person can act upon. */
export class StartRefused extends Error {
  /** How the process ends: 1, unless it is the settings that have to be changed. */
  readonly exitCode: number

  constructor(message: string, options?: { cause?: unknown; exitCode?: number }) {
    super(message, options)
    this.name = 'StartRefused'
    this.exitCode = options?.exitCode ?? 1
  }
}
