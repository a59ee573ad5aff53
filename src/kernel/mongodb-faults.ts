import { isPassing, type PassingCode, Refusal } from './refusal.ts'

/** The server's code for a second document under a unique key. */
const DUPLICATE_KEY = 11000

/** Tells whether a MongoDB server refused a write because something has its unique key already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY
}

/** What a socket says whose other end has died. */
const DEAD_SOCKET: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']

/**
 * Tells whether an error is the driver's: the server did not answer, or answered with an error. The driver hands on
 * some errors of its sockets as they are.
 */
export function isMongoFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return error.name.startsWith('Mongo') || ('code' in error && DEAD_SOCKET.includes(error.code))
}

/**
 * Asks a MongoDB server something, and says in our words why it failed.
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

/** Reads an error of SQLite as a refusal: busy, full or failed. `null` when it is none of storage's. */
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
 * Reads whatever a request failed with as a refusal that passes: one of ours, or what a driver threw where nothing
 * of ours was in between. `null` for anything else, which is a fault of the program.
 */
export function passingRefusal(error: unknown): (Refusal & { code: PassingCode }) | null {
  const isDrivers = error instanceof Error && error.name.startsWith('Mongo')
  const refusal = isDrivers
    ? new Refusal('storage_unavailable', 'The database does not answer', { cause: error })
    : storageRefusal(error, 'storage_failed')
  return isPassing(refusal) ? refusal : null
}
