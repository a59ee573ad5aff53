import { hasCredential } from '../../commands/credentials/credential-setter.ts'
import type { PageDeps } from '../page-deps.ts'

/** Where somebody who has neither a password nor a passkey chooses the first one. */
export const FIRST_CREDENTIAL = '/account/first'

/**
 * Answers where a sign-in by link leads to: by way of choosing a first credential, where there is none. An application
 * that waits is not kept waiting; the account page offers the same.
 */
export function nextStep(userid: string, target: string, { views }: Pick<PageDeps, 'views'>): string {
  if (target.startsWith('/interaction/') || hasCredential(views, userid)) return target
  return `${FIRST_CREDENTIAL}?return_to=${encodeURIComponent(target)}`
}
