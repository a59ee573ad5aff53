import type { FastifyRequest } from 'fastify'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Views } from '../../projections/views.ts'
import { wasAskedHere } from '../login/asking-browser.ts'
import type { Browsers } from '../request/browsers.ts'

/** Finds the valid link by which this browser asked to prove the person's address; `null` when there is none. */
export function pendingConfirmation(
  request: FastifyRequest,
  userid: string,
  { views, browsers, clock }: { views: Views; browsers: Browsers; clock: Clock },
): MagicLink | null {
  const now = isoTime(clock())
  const isIt = (link: MagicLink) =>
    link.purpose === 'email_verification' && link.expires_at > now && wasAskedHere(request, link, browsers)
  return views.magicLinks.pendingOfUser(userid).find(isIt) ?? null
}
