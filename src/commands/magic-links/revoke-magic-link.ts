import { z } from 'zod'
import { uuid } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { revokeLinks } from './revoking-links.ts'

/** Revokes a link. An expired one stays as it is; a used one cannot be revoked. */
export const revokeMagicLink = defineCommand({
  type: 'revoke-magic-link',
  schema: z.strictObject({ link_id: uuid }),
  decide: (views, { link_id }, context) => {
    const link = views.magicLinks.byId(link_id)
    if (!link) throw new Refusal('not_found', 'There is no such link')
    if (link.used) throw new Refusal('link_used', 'This link has been used already')
    const events = link.revoked ? [] : revokeLinks([link], 'administrator', context.now)
    return { events, outcome: { link_id } }
  },
})
