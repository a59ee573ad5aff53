import { hasCredential } from '../../commands/credentials/credential-setter.ts'
import type { Views } from '../../projections/views.ts'

/** The page on which a person without password and passkey chooses the first one. */
export const FIRST_CREDENTIAL = '/account/first'

/**
 * Names where a sign-in by link leads: to the choice of a first credential where there is none. When an application
 * waits, it comes first; the account page offers the same choice.
 */
export function nextStep(userid: string, target: string, { views }: { views: Views }): string {
  if (target.startsWith('/interaction/') || hasCredential(views, userid)) return target
  return `${FIRST_CREDENTIAL}?return_to=${encodeURIComponent(target)}`
}
