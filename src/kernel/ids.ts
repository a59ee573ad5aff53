import { createHash } from 'node:crypto'
import { stringify, v7 } from 'uuid'
import { systemRandom } from './random.ts'

/** Makes an identifier that sorts by its time of creation: UUID version 7 (RFC 9562 §5.7). */
export function newId(): string {
  return v7({ random: systemRandom(16) })
}

/** Derives an identifier from a text: UUID version 8 of its SHA-256 (RFC 9562 §5.8). */
export function idOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return stringify(bytes)
}
