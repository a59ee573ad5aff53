import type { DocumentRow } from './operation.ts'
import type { StoredDocument } from './port.ts'

/** Writes a payload as JSON text; throws a `TypeError` for what JSON has no text for, such as `undefined`. */
export function encodePayload(payload: unknown): string {
  const text: string | undefined = JSON.stringify(payload)
  if (text === undefined) throw new TypeError('The payload of a document must be a JSON value')
  return text
}

/** Decodes a row for the port: a payload from its JSON text, a counter as its number. */
export function decodeDocument(row: DocumentRow | null): StoredDocument | null {
  if (row === null) return null
  const payload: unknown = row.payload === null ? row.counter : JSON.parse(row.payload)
  return { payload, expiresAt: row.expires_at, consumedAt: row.consumed_at }
}

/** Returns a whole number; throws a `RangeError` for a fraction or infinity, which no column can hold. */
export function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`Not a whole number: ${value}`)
  return value
}
