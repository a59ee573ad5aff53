import { createHash } from 'node:crypto'
import { stringify, v7 } from 'uuid'
import { systemRandom } from './random.ts'

/** Makes an identifier that sorts by the millisecond of its making: UUID version 7 (RFC 9562 §5.7). */
export function newId(): string {
  return v7({ random: systemRandom(16) })
}

/** Makes the one identifier that belongs to a text: UUID version 8 from its SHA-256 (RFC 9562 §5.8). */
export function idOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return stringify(bytes)
}
