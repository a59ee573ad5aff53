import { z } from 'zod'
import { groups, keptEmail, sha256Hex, shortText, time, userid, username, uuid } from '../../events/fields.ts'
import { type LinkPurpose, linkPurpose } from '../../events/magic-link.ts'
import { foldedKey } from '../../kernel/name-key.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { defineCommand } from '../definition.ts'
import { ofLink } from '../subjects.ts'
import { hasAdministrator } from '../users/last-administrator.ts'
import { requireActiveUser } from '../users/require-user.ts'
import { revokeLinks } from './revoking-links.ts'

/** Links for a person who has no account yet; all others belong to a user. */
const OPENS_ACCOUNT: readonly LinkPurpose[] = ['invitation', 'claim']

/** How many links for one purpose other browsers may have asked for; the mail budgets allow fewer. */
const LIVING_AT_ONCE = 32

const schema = z
  .strictObject({
    link_id: uuid,
    token_hash: sha256Hex,
    purpose: linkPurpose,
    userid: userid.nullable().default(null),
    username,
    expires_at: time,
    created_by: shortText.nullable().default(null),
    note: shortText.nullable().default(null),
    groups: groups.default([]),
    email: keptEmail.nullable().default(null),
    browser_hash: sha256Hex.nullable().default(null),
  })
  .refine(({ purpose, userid }) => OPENS_ACCOUNT.includes(purpose) === (userid === null), {
    message: 'must be left out for an invitation or claim, and is needed for every other link',
    path: ['userid'],
  })
  .refine(({ purpose, groups }) => OPENS_ACCOUNT.includes(purpose) || groups.length === 0, {
    message: 'must be empty unless the link opens an account',
    path: ['groups'],
  })

type Input = z.output<typeof schema>

/**
 * Issues a link; only the SHA-256 of its token is given. It replaces older links for the same purpose that the same
 * browser asked for, so that nobody can revoke another person's link by asking for one.
 */
export const issueMagicLink = defineCommand({
  type: 'issue-magic-link',
  opensSubject: true,
  schema,
  decide: (views, input, context) => {
    const { link_id, userid, purpose } = input
    const about = ofLink(link_id, userid)
    if (input.expires_at <= context.now)
      throw new Refusal('invalid_input', 'The link would have ended already')
    if (views.streams.get(about.stream)) throw new DuplicateError('link_id')
    if (views.magicLinks.byTokenHash(input.token_hash)) throw new DuplicateError('token')
    requireRecipient(views, input)
    const pending =
      userid === null
        ? views.magicLinks.pendingOfUsername(input.username)
        : views.magicLinks.pendingOfUser(userid)
    const living = pending.filter((link) => link.purpose === purpose && link.expires_at > context.now)
    const older = living.filter((link) => link.browser_hash === input.browser_hash)
    if (living.length - older.length >= LIVING_AT_ONCE) {
      throw new Refusal('overloaded', 'Too many links of this account are on their way; use one of them')
    }
    const data = { ...input, groups: [...new Set(input.groups)].sort() }
    return {
      events: [...revokeLinks(older, 'replaced', context.now), { type: 'MagicLinkIssued', ...about, data }],
      outcome: { link_id },
    }
  },
})

function requireRecipient(views: Views, { userid, username, purpose }: Input): void {
  if (userid !== null) {
    const user = requireActiveUser(views, userid)
    if (foldedKey(user.username) === foldedKey(username)) return
    throw new Refusal('invalid_input', 'The user has another name')
  }
  if (purpose === 'claim') {
    if (hasAdministrator(views)) throw new Refusal('wrong_state', 'There is an administrator already')
  } else if (views.users.holderOfUsername(username)) {
    throw new DuplicateError('username')
  }
}
