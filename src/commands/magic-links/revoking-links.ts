import type { EventData } from '../../events/catalogue.ts'
import type { NewEvent } from '../../events/envelope.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Views } from '../../projections/views.ts'
import { ofLink } from '../subjects.ts'

type Reason = EventData<'MagicLinkRevoked'>['reason']

/** Revokes those of `links` that have not expired at the time `now`. */
export function revokeLinks(links: readonly MagicLink[], reason: Reason, now: string): NewEvent[] {
  return links
    .filter((link) => link.expires_at > now)
    .map(({ link_id, userid }) => ({
      type: 'MagicLinkRevoked',
      ...ofLink(link_id, userid),
      data: { link_id, userid, reason },
    }))
}

/** Revokes every link that a user could use, except the one that is being used. */
export function revokeLinksOfUser(
  views: Views,
  userid: string,
  { reason, now, beingUsed }: { reason: Reason; now: string; beingUsed?: string },
): NewEvent[] {
  const pending = views.magicLinks.pendingOfUser(userid).filter((link) => link.link_id !== beingUsed)
  return revokeLinks(pending, reason, now)
}
