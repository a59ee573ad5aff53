import { z } from 'zod'

const bare = z.email({ pattern: z.regexes.html5Email }).max(254)

/**
 * Lets pass what is exactly one address, without a name, brackets, commas or line ends: whatever else stood in the
 * field would reach the mail server as further recipients or headers.
 *
 * @throws Error when it is not; the address itself is not repeated.
 */
export function requireBareAddress(text: string): string {
  if (!bare.safeParse(text).success) throw new Error('A recipient is not one bare mail address')
  return text
}

/** Takes control characters out of a line, so that it stays one line. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
