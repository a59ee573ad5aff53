/** The longest password, in characters after normalisation. */
export const LONGEST_PASSWORD = 128

// What 128 characters can reasonably take before normalisation; more is not worth normalising to find out.
const MOST_BYTES = 1024

/** A password as it is counted and hashed, or why it cannot be either. */
export type PreparedPassword =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'too_long' | 'malformed' }

/**
 * Brings a typed password into the one form that is counted, compared and hashed: NFKC, nothing cut off, NUL a
 * character like any other (NIST SP 800-63B-4 §3.1.1.2). Takes bounded time whatever the length of the input.
 */
export function preparePassword(typed: string): PreparedPassword {
  if (typed.length > MOST_BYTES || Buffer.byteLength(typed) > MOST_BYTES)
    return { ok: false, reason: 'too_long' }
  // UTF-8 writes every lone surrogate as the same replacement character: different passwords would hash alike.
  if (!typed.isWellFormed()) return { ok: false, reason: 'malformed' }
  const text = typed.normalize('NFKC')
  return countCharacters(text) > LONGEST_PASSWORD ? { ok: false, reason: 'too_long' } : { ok: true, text }
}

/** Counts Unicode code points, so that an emoji or a rare ideograph is one character. */
export function countCharacters(text: string): number {
  return [...text].length
}
