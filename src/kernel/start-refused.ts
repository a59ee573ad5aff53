/** Says why an installation must not start, in one line that tells the operator what to do. */
export class StartRefused extends Error {
  /** The exit code of the process: by default 1. */
  readonly exitCode: number

  constructor(message: string, options?: { cause?: unknown; exitCode?: number }) {
    super(message, options)
    this.name = 'StartRefused'
    this.exitCode = options?.exitCode ?? 1
  }
}
