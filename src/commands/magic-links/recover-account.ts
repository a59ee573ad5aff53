import { z } from 'zod'
import { sha256Hex } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import {
  addCredential,
  credentialChoice,
  hasOneCredential,
  ONE_CREDENTIAL,
} from '../credentials/adding-credentials.ts'
import { defineCommand } from '../definition.ts'
import { endSessionsOfUser } from '../sessions/ending-sessions.ts'
import { ofLink } from '../subjects.ts'
import { requireActiveUser } from '../users/require-user.ts'
import { requireUsableLink } from './require-usable-link.ts'
import { revokeLinksOfUser } from './revoking-links.ts'

/** Sets a new credential for a user who lost all others: uses the link, ends all sessions and revokes other links. */
export const recoverAccount = defineCommand({
  type: 'recover-account',
  schema: z
    .strictObject({ token_hash: sha256Hex, ...credentialChoice })
    .refine(hasOneCredential, ONE_CREDENTIAL),
  decide: (views, { token_hash, ...choice }, context) => {
    const { link_id, userid } = requireUsableLink(views, token_hash, ['recovery'], context.now)
    if (userid === null) throw new Refusal('link_invalid', 'This link is not valid')
    requireActiveUser(views, userid)
    const why = { reason: 'credential_changed', now: context.now } as const
    return {
      events: [
        { type: 'MagicLinkUsed', ...ofLink(link_id, userid), data: { link_id, userid } },
        ...addCredential(views, userid, choice),
        ...endSessionsOfUser(views, userid, why),
        ...revokeLinksOfUser(views, userid, { ...why, beingUsed: link_id }),
      ],
      outcome: { userid },
    }
  },
})
