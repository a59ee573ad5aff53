import { DuplicateError, Refusal, type RefusalCode } from './refusal.ts'

/** An error as plain data: classes do not survive the way between threads. */
export type PlainError =
  | { refusal: { code: RefusalCode; message: string; key: string | null } }
  | { error: string }

/** Writes an error as plain data; of an unexpected one, the text that says where it came from. */
export function plainError(error: unknown): PlainError {
  if (error instanceof Refusal) {
    const key = error instanceof DuplicateError ? error.key : null
    return { refusal: { code: error.code, message: error.message, key } }
  }
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** Makes the error again on the other side. */
export function revivedError(plain: PlainError): Error {
  if ('error' in plain) return new Error(plain.error)
  const { code, message, key } = plain.refusal
  return key === null ? new Refusal(code, message) : new DuplicateError(key, message)
}
