import { z } from 'zod'
import { sha256Hex, userid } from '../../events/fields.ts'
import { linkPurpose } from '../../events/magic-link.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofLink } from '../subjects.ts'
import { requireUsableLink } from './require-usable-link.ts'

/** Uses a link: of several callers one succeeds and the others are refused with `link_used`. */
export const useMagicLink = defineCommand({
  type: 'use-magic-link',
  schema: z.strictObject({
    token_hash: sha256Hex,
    purpose: linkPurpose,
    userid: userid.nullable().default(null),
  }),
  decide: (views, input, context) => {
    const link = requireUsableLink(views, input.token_hash, [input.purpose], context.now)
    const { link_id } = link
    const userid = link.userid ?? input.userid
    if (input.userid !== null && userid !== input.userid) {
      throw new Refusal('link_invalid', 'This link is not valid')
    }
    return {
      events: [{ type: 'MagicLinkUsed', ...ofLink(link_id, userid), data: { link_id, userid } }],
      outcome: { link_id, userid },
    }
  },
})
