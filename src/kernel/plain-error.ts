import { DuplicateError, Refusal, type RefusalCode } from './refusal.ts'

/** An error as plain data, because classes cannot cross threads. */
export type PlainError =
  | { refusal: { code: RefusalCode; message: string; key: string | null } }
  | { error: string }

/** Converts an error to plain data; of an unexpected one, its stack. */
export function plainError(error: unknown): PlainError {
  if (error instanceof Refusal) {
    const key = error instanceof DuplicateError ? error.key : null
    return { refusal: { code: error.code, message: error.message, key } }
  }
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** Makes the error again in the other thread. */
export function revivedError(plain: PlainError): Error {
  if ('error' in plain) return new Error(plain.error)
  const { code, message, key } = plain.refusal
  return key === null ? new Refusal(code, message) : new DuplicateError(key, message)
}
