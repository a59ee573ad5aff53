import { z } from 'zod'
import type { NewEvent } from '../../events/envelope.ts'
import { time } from '../../events/fields.ts'
import { defineCommand } from '../definition.ts'
import { ofLink } from '../subjects.ts'

/**
 * Purges expired links, with the keys that seal their recipients; the oldest first. With `ended_by`, only those that
 * had expired by then.
 */
export const purgeMagicLinks = defineCommand({
  type: 'purge-magic-links',
  schema: z.strictObject({
    limit: z.number().int().min(1).max(10_000).default(500),
    ended_by: time.optional(),
  }),
  decide: (views, { limit, ended_by }, { now }) => {
    const by = ended_by !== undefined && ended_by < now ? ended_by : now
    const events = views.magicLinks.endedBy(by, limit).map(
      ({ link_id, userid }): NewEvent => ({
        type: 'MagicLinkPurged',
        ...ofLink(link_id, userid),
        data: { link_id, userid },
      }),
    )
    return { events, outcome: { purged: events.length } }
  },
})
