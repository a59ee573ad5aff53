import { v7 } from 'uuid'
import { systemRandom } from './random.ts'

/** Makes an identifier that sorts by the millisecond of its making: UUID version 7 (RFC 9562 §5.7). */
export function newId(): string {
  return v7({ random: systemRandom(16) })
}
