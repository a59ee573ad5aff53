import { z } from 'zod'
import type { NewEvent } from '../events/envelope.ts'
import { defineCommand } from './definition.ts'
import { ofLink } from './subjects.ts'

/** Clears away links whose end has come, with the keys that seal their recipients; the oldest first. */
export const purgeMagicLinks = defineCommand({
  type: 'purge-magic-links',
  schema: z.strictObject({ limit: z.number().int().min(1).max(10_000).default(500) }),
  decide: (views, { limit }, context) => {
    const events = views.magicLinks.endedBy(context.now, limit).map(
      ({ link_id, userid }): NewEvent => ({
        type: 'MagicLinkPurged',
        ...ofLink(link_id, userid),
        data: { link_id, userid },
      }),
    )
    return { events, outcome: { purged: events.length } }
  },
})
