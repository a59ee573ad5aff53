/**
 * Tells whether bytes are an ECDSA signature in DER as WebAuthn demands it (Level 3 §6.5.5): a sequence of two
 * positive integers in their shortest form and nothing after them. The library's parser accepts other tags and lengths
 * for the same signature; a signature must have one spelling.
 */
export function isEcdsaSignature(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) return false
  const middle = endOfInteger(bytes, 2)
  return middle !== null && endOfInteger(bytes, middle) === bytes.length
}

// Finds the end of a positive INTEGER of at most 33 bytes that begins at `at`; `null` when there is none.
function endOfInteger(bytes: Uint8Array, at: number): number | null {
  const [tag, length = 0, first = 0x80, second = 0] = bytes.subarray(at, at + 4)
  const isNegative = first >= 0x80
  const hasIdleZero = first === 0 && (length === 1 || second < 0x80)
  return tag !== 2 || length < 1 || length > 33 || isNegative || hasIdleZero ? null : at + 2 + length
}
