import { username as usernameField } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import { field } from '../request/form.ts'
import type { InviteDeps } from './deps.ts'
import { inviteTickets } from './tickets.ts'

/** The purposes that an invitation page serves. */
export const INVITE_PURPOSES = ['invitation', 'claim', 'recovery'] as const
export type InvitePurpose = (typeof INVITE_PURPOSES)[number]

/** A link that gives its recipient a credential. */
export type InviteLink = MagicLink & { purpose: InvitePurpose }

/**
 * Reads the link of an invitation page; changes nothing.
 *
 * @throws Refusal `link_invalid`, `link_used`, `link_expired`.
 */
export async function openInvite(token: string, deps: InviteDeps): Promise<InviteLink> {
  const { links, views } = deps
  const link = await links.inspect(token, INVITE_PURPOSES, async (hash) => {
    const found = views.magicLinks.byTokenHash(hash) ?? (await ofTicket(token, deps))
    return found?.revoked ? null : found
  })
  return { ...link, purpose: link.purpose as InvitePurpose }
}

async function ofTicket(ticket: string, deps: InviteDeps): Promise<MagicLink | null> {
  const linkId = await inviteTickets(deps).linkId(ticket)
  return linkId === null ? null : deps.views.magicLinks.byId(linkId)
}

/** Reads the user name that a link is for; only a claim leaves it to its recipient. @throws Refusal `invalid_input`. */
export function chosenName(link: InviteLink, body: unknown): string {
  if (link.purpose !== 'claim') return link.username
  const parsed = usernameField.safeParse(field(body, 'username').trim())
  if (!parsed.success)
    throw new Refusal('invalid_input', 'A user name has no spaces, and 1 to 128 characters')
  return parsed.data
}
