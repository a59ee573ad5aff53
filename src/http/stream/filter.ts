import { z } from 'zod'
import type { AuditEvent } from '../../projections/audit/present.ts'
import { eventTypes, party, sequence } from '../admin/audit-schema.ts'

/** What a subscriber asks for. */
export const streamQuery = z.strictObject({
  after: sequence.optional().describe('Begin after this event; without it the stream begins now'),
  type: eventTypes.optional(),
  subject: party.optional().describe('Only events about this user, client, key or link'),
  actor: party.optional().describe('Only events caused by this user or client'),
  log: z.string().max(64).optional().describe('The log that `after` was read from'),
  epoch: z.coerce.number().int().min(1).optional().describe('The epoch that `after` was read in'),
})
export type StreamQuery = z.output<typeof streamQuery>

/** Which events a subscriber wants. All given conditions must hold. */
export interface EventFilter {
  types: readonly string[] | undefined
  subject: string | undefined
  actor: string | undefined
}

/** Makes the filter of a query; `null` when every event is wanted. */
export function filterOf({ type: types, subject, actor }: StreamQuery): EventFilter | null {
  if (types === undefined && subject === undefined && actor === undefined) return null
  return { types, subject, actor }
}

/** Tells whether an event is wanted. */
export function isWanted(
  { types, subject, actor }: EventFilter,
  event: Pick<AuditEvent, 'type' | 'subject' | 'actor'>,
): boolean {
  return (
    (types === undefined || types.includes(event.type)) &&
    (subject === undefined || subject === event.subject) &&
    (actor === undefined || actor === event.actor.id)
  )
}
