/** Why the server ends a stream. */
export interface Closing {
  code: number
  reason: string
  /** How long the reader has to read what was sent and to answer, in milliseconds. */
  linger: number
}

/** The close codes of the contract, and two of RFC 6455 §7.4.1. */
export const CLOSE = {
  /** After a `reset`: no event follows the cursor. */
  reset: { code: 1000, reason: 'reset', linger: 10_000 },
  shuttingDown: { code: 1001, reason: 'shutting down', linger: 2_000 },
  failed: { code: 1011, reason: 'internal error', linger: 10_000 },
  notSignedIn: { code: 4401, reason: 'not signed in', linger: 1_000 },
  notAllowed: { code: 4403, reason: 'not allowed', linger: 500 },
  tooMany: { code: 4429, reason: 'too many streams', linger: 1_000 },
  tooSlow: { code: 4408, reason: 'reader too slow', linger: 30_000 },
} as const satisfies Record<string, Closing>

/** Closes a connection, by force when the time of the reader is over. */
export function endSocket(
  socket: {
    close(code: number, reason: string): void
    terminate(): void
    once(event: 'close', listener: () => void): unknown
  },
  { code, reason, linger }: Closing,
): void {
  const timer = setTimeout(() => socket.terminate(), linger)
  socket.once('close', () => clearTimeout(timer))
  socket.close(code, reason)
}
