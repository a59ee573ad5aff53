/** Of 30,000,000,000 random keys, one has fewer different bytes than this. */
const FEWEST_DIFFERENT = 16
/** A random key that has one byte more often than this is even rarer. */
const MOST_ALIKE = 8
/** Tab, line feed, carriage return, printable ASCII, and the zeros that pad short texts. */
const TEXT = /^[\t\n\r\x20-\x7e\0]*$/

/**
 * Says why a 32-byte key cannot be random, as the end of a sentence; `null` when nothing shows it. It cannot prove that
 * a key is good, but it finds those that people make up: zeros, patterns, counted bytes, words.
 */
export function keyWeakness(key: Uint8Array): string | null {
  const counts = new Map<number, number>()
  for (const byte of key) counts.set(byte, (counts.get(byte) ?? 0) + 1)
  if (TEXT.test(Buffer.from(key).toString('latin1'))) return 'is text, not random bytes'
  if (isPattern(key)) return 'is a pattern, not random bytes'
  const isUneven = counts.size < FEWEST_DIFFERENT || Math.max(...counts.values()) > MOST_ALIKE
  return isUneven ? 'has too few different bytes to be random' : null
}

/** Tells whether the bytes repeat, or rise or fall by a constant step, at any period. */
function isPattern(key: Uint8Array): boolean {
  const periods = Array.from({ length: key.length / 2 }, (_, index) => index + 1)
  return periods.some((period) => {
    const steps = new Set(Array.from(key.subarray(period), (byte, at) => (byte - (key[at] ?? 0)) & 0xff))
    return steps.size === 1
  })
}
