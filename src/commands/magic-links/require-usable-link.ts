import type { LinkPurpose } from '../../events/magic-link.ts'
import { isCurrent, parseIsoTime } from '../../kernel/clock.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Views } from '../../projections/views.ts'

/**
 * Reads a link that can be used for one of `purposes` at the time `now`, by the SHA-256 of its token.
 *
 * @throws Refusal `link_invalid` (unknown, revoked, or for another purpose), `link_used`, `link_expired`.
 */
export function requireUsableLink(
  views: Views,
  tokenHash: string,
  purposes: readonly LinkPurpose[],
  now: string,
): MagicLink {
  const link = views.magicLinks.byTokenHash(tokenHash)
  // One answer for all three, so that a guess reveals nothing about links that exist.
  if (!link || link.revoked || !purposes.includes(link.purpose)) {
    throw new Refusal('link_invalid', 'This link is not valid')
  }
  if (link.used) throw new Refusal('link_used', 'This link has been used already; please ask for a new one')
  const span = { from: parseIsoTime(link.created_at), until: parseIsoTime(link.expires_at) }
  if (!isCurrent(span, parseIsoTime(now)))
    throw new Refusal('link_expired', 'This link has expired; please ask for a new one')
  return link
}
