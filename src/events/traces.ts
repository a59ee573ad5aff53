import { currentDefinition } from './catalogue.ts'
import type { RecordedEvent } from './envelope.ts'

/** Shorter values occur in so many places by chance that finding one says nothing about a person. */
const SHORTEST_TRACE = 4

/** So long that no such piece occurs by chance, also not in a hash in hex. */
const PIECE = 12

/** Sealed, but the same for thousands of people: a language, the model of a device. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(['locale', 'transports', 'aaguid'])

/** A text that was kept under a subject's key, and the field it was in. */
export interface SealedValue {
  field: string
  text: string
}

/** Lists every text in the personal and secret part of an event. */
export function sealedValues(event: RecordedEvent): SealedValue[] {
  const definition = currentDefinition(event.type)
  if (event.erased || !definition) return []
  const found: SealedValue[] = []
  for (const [field, value] of Object.entries(event.data)) {
    if (field in definition.personal.shape || field in definition.secret.shape) collect(field, value, found)
  }
  return found
}

function collect(field: string, value: unknown, into: SealedValue[]): void {
  if (typeof value === 'string') {
    into.push({ field, text: value })
  } else if (value !== null && typeof value === 'object') {
    // The fields of a change are `before` and `after`; the changed field is one level up.
    for (const [name, member] of Object.entries(value)) {
      collect(name === 'before' || name === 'after' || Array.isArray(value) ? field : name, member, into)
    }
  }
}

/**
 * Turns sealed values into the byte strings to search files for: as text, and decoded where a table keeps bytes. A long
 * value is searched in pieces, because a part of it may be left of a row. Leaves out what is too short or too common to
 * identify a person.
 */
export function searchableTraces(values: readonly SealedValue[]): Uint8Array[] {
  const traces = new Map<string, Uint8Array>()
  for (const { field, text } of values) {
    if (COMMON_FIELDS.has(field)) continue
    const spellings = [Buffer.from(text)]
    if (field === 'credential_id' || field === 'public_key') spellings.push(Buffer.from(text, 'base64url'))
    for (const piece of spellings.flatMap(piecesOf)) traces.set(piece.toString('latin1'), piece)
  }
  return [...traces.values()]
}

/** Cuts bytes into pieces; any part that is twice as long, or is at either end, contains a whole piece. */
function piecesOf(bytes: Buffer): Buffer[] {
  if (bytes.length < SHORTEST_TRACE) return []
  if (bytes.length <= PIECE) return [bytes]
  const pieces = [bytes.subarray(bytes.length - PIECE)]
  for (let start = 0; start + PIECE <= bytes.length; start += PIECE) {
    pieces.push(bytes.subarray(start, start + PIECE))
  }
  return pieces
}
