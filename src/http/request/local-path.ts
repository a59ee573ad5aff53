/** Where people land when nothing says otherwise. */
export const LANDING = '/account'

/** The longest address that is kept to return to; longer ones lead to the landing page. */
const LONGEST = 512

/**
 * Lets pass an address within this service, as path and query, and answers the landing page for anything else:
 * no link may lead people elsewhere by way of a sign-in.
 */
export function localPath(wanted: unknown, issuer: string): string {
  if (typeof wanted !== 'string' || wanted.length > LONGEST) return LANDING
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return LANDING
  const { origin } = new URL(issuer)
  const target = new URL(wanted, origin)
  // `/..//elsewhere` is within, but what it comes down to, `//elsewhere`, is not.
  const isWithin = target.origin === origin && !target.pathname.startsWith('//')
  return isWithin ? target.pathname + target.search : LANDING
}
