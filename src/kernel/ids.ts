import { v7 } from 'uuid'

/** Makes an identifier that sorts by the time of its making: UUID version 7 (RFC 9562 §5.7). */
export function newId(): string {
  return v7()
}
