import { isPassing, type PassingCode, Refusal } from './refusal.ts'

/** The server's code for a second document under a unique key. */
const DUPLICATE_KEY = 11000

/** Tells whether a MongoDB server refused a write because something has its unique key already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY
}

/** The error codes of a socket whose other end has died. */
const DEAD_SOCKET: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']

/**
 * Tells whether an error comes from the driver: the server did not answer, or answered with an error. The driver passes
 * on some errors of its sockets unchanged.
 */
export function isMongoFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return error.name.startsWith('Mongo') || ('code' in error && DEAD_SOCKET.includes(error.code))
}

/**
 * Runs a request to a MongoDB server, and turns a failure of the driver into a refusal.
 *
 * @param onFault `outcome_unknown` for a write that may have happened, `storage_unavailable` for anything else.
 */
export async function asking<T>(
  onFault: 'outcome_unknown' | 'storage_unavailable',
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isMongoFault(error) || isDuplicateKey(error)) throw error
    const message =
      onFault === 'outcome_unknown'
        ? 'The database failed in the middle; it is not known whether the write was done'
        : 'The database does not answer; nothing was done'
    throw new Refusal(onFault, message, { cause: error })
  }
}

/** Converts an error of SQLite into a refusal: busy, full or failed. `null` for any other error. */
export function storageRefusal(
  error: unknown,
  onIoError: 'storage_failed' | 'outcome_unknown',
): Refusal | null {
  if (error instanceof Refusal) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('SQLITE_BUSY'))
    return new Refusal('overloaded', 'The store is busy; try again', { cause: error })
  if (code === 'SQLITE_FULL')
    return new Refusal('storage_full', 'The disk is full; nothing was written', { cause: error })
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB)/.test(code)) {
    return new Refusal(onIoError, `The store failed (${code})`, { cause: error })
  }
  return null
}

/**
 * Converts the error of a request into a refusal that passes: one of ours, or an error that a driver threw directly.
 * `null` for anything else, which is a fault of the program.
 */
export function passingRefusal(error: unknown): (Refusal & { code: PassingCode }) | null {
  const isDrivers = error instanceof Error && error.name.startsWith('Mongo')
  const refusal = isDrivers
    ? new Refusal('storage_unavailable', 'The database does not answer', { cause: error })
    : storageRefusal(error, 'storage_failed')
  return isPassing(refusal) ? refusal : null
}
