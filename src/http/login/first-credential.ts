import { hasCredential } from '../../commands/credentials/credential-setter.ts'
import type { Views } from '../../projections/views.ts'

/** Where somebody who has neither a password nor a passkey chooses the first one. */
export const FIRST_CREDENTIAL = '/account/first'

/**
 * Answers where a sign-in by link leads to: by way of choosing a first credential, where there is none. An application
 * that waits is not kept waiting; the account page offers the same.
 */
export function nextStep(userid: string, target: string, { views }: { views: Views }): string {
  if (target.startsWith('/interaction/') || hasCredential(views, userid)) return target
  return `${FIRST_CREDENTIAL}?return_to=${encodeURIComponent(target)}`
}
