/** The page that people land on by default. */
export const LANDING = '/account'

/** The longest address that is kept to return to; longer ones lead to the landing page. */
const LONGEST = 512

/**
 * Answers the path and query of an address within this service, and the landing page for any other: no link may use
 * a sign-in to lead people to another site.
 */
export function localPath(wanted: unknown, issuer: string): string {
  if (typeof wanted !== 'string' || wanted.length > LONGEST) return LANDING
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return LANDING
  const { origin } = new URL(issuer)
  const target = new URL(wanted, origin)
  // `/..//elsewhere` is within, but it resolves to `//elsewhere`, which is not.
  const isWithin = target.origin === origin && !target.pathname.startsWith('//')
  return isWithin ? target.pathname + target.search : LANDING
}
