import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import { signCheckpoint } from '../../log/checkpoint.ts'
import { checkpointAnswer, eventAnswer, eventTypes, headAnswer, party, sequence } from './audit-schema.ts'
import type { AdminDeps } from './deps.ts'
import { anyTime } from './moments.ts'
import { limit, pageOf } from './paging.ts'
import { presentPage } from './present-events.ts'
import { type AdminRoute, adminRoute } from './route.ts'
import { userParams } from './user-schema.ts'

const TAG = 'audit trail'

/** What the events of one subject can be asked for; the cursor of this list is the last sequence number. */
const subjectQuery = z
  .strictObject({
    after: sequence.optional().describe('Only events after this one; with descending order, before it'),
    cursor: sequence.optional().describe('The `next_cursor` of the page before; the same as `after`'),
    limit,
    type: eventTypes.optional(),
    actor: party.optional().describe('Only events caused by this user or client'),
    client: party.optional().describe('Only events that came by this client'),
    from: anyTime.optional().describe('Only events at or after this time'),
    to: anyTime.optional().describe('Only events before this time'),
    order: z.enum(['asc', 'desc']).default('asc'),
  })
  .refine(({ after, cursor }) => after === undefined || cursor === undefined, {
    message: 'must be left out where after is given, which means the same',
    path: ['cursor'],
  })
const trailQuery = subjectQuery.safeExtend({
  subject: party.optional().describe('Only events about this user, client, key or link'),
})

/** The routes of the audit trail: the events, where the log ends, and a signed statement of it. */
export function eventRoutes(deps: AdminDeps): AdminRoute[] {
  const page = async (query: z.output<typeof trailQuery>) => {
    const { type: types, cursor, after = cursor, ...rest } = query
    const { audit } = deps.views
    const filter = { ...rest, after, types, limit: query.limit + 1 }
    const { found, items } = await deps.longReads.run(async (giveWay) => {
      const found = await audit.findInSteps(filter, deps.log.head().sequence, giveWay)
      return { found, items: await presentPage(found.slice(0, query.limit), deps, giveWay) }
    })
    const last = found.length > items.length ? items.at(-1) : undefined
    return { items, next_cursor: last ? String(last.sequence) : null }
  }
  return [
    adminRoute({
      name: 'listEvents',
      method: 'GET',
      path: '/events',
      tag: TAG,
      summary: 'Read the audit trail',
      proof: 'session',
      query: trailQuery,
      answer: pageOf(eventAnswer),
      handle: ({ query }) => page(query),
    }),
    adminRoute({
      name: 'listEventsOfUser',
      method: 'GET',
      path: '/users/:userid/events',
      tag: TAG,
      summary: 'Read what happened to a user; it can be asked of an erased one too',
      proof: 'session',
      params: userParams,
      query: subjectQuery,
      answer: pageOf(eventAnswer),
      handle: ({ params, query }) => page({ ...query, subject: params.userid }),
    }),
    adminRoute({
      name: 'getAuditHead',
      method: 'GET',
      path: '/audit/head',
      tag: TAG,
      summary: 'Tell where the log ends',
      proof: 'session',
      answer: headAnswer,
      handle: async () => {
        const { hash, ...head } = deps.log.head()
        return { ...head, hash: Buffer.from(hash).toString('hex') }
      },
    }),
    adminRoute({
      name: 'getAuditCheckpoint',
      method: 'GET',
      path: '/audit/checkpoint',
      tag: TAG,
      summary: 'Sign where the log ends; kept elsewhere, it shows later that nothing was cut off',
      proof: 'session',
      answer: checkpointAnswer,
      handle: () => signCheckpoint(deps.log.head(), isoTime(deps.clock()), deps.keys),
    }),
  ]
}
