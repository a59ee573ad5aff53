import type { RecordedEvent } from '../../events/envelope.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { decodeEvents } from '../../log/decoding.ts'
import { USER_STATE_EVENTS, userAfter } from '../../projections/users/history.ts'
import type { User } from '../../projections/users/user.ts'
import type { HttpDeps } from '../deps.ts'
import type { Moment } from './moments.ts'

/**
 * Tells what a user was at a moment.
 *
 * @throws Refusal `not_found` when there was no such user then, or the person is erased since; `invalid_input`
 *   when the log has not come to that event yet.
 */
export async function userAsOf(deps: HttpDeps, userid: string, at: Moment): Promise<User> {
  const { views, log, keys } = deps
  if ('sequence' in at && at.sequence > log.head().sequence) {
    throw new Refusal('invalid_input', `The log has not come to event ${at.sequence} yet`)
  }
  const sequences = views.audit.find({ subject: userid, types: USER_STATE_EVENTS, limit: -1 })
  const events = await decodeEvents(log.eventsAt(sequences), log.id, keys)
  const scratch = deps.openScratch()
  try {
    const user = userAfter(scratch, userid, upTo(events, at))
    if (user) return user
  } finally {
    scratch.close()
  }
  throw new Refusal('not_found', 'There was no such user at that moment, or the person is erased')
}

/** Cuts history at a moment. Clocks may step back, so of the times only the last that is in it counts. */
function upTo(events: readonly RecordedEvent[], at: Moment): readonly RecordedEvent[] {
  if ('sequence' in at) return events.filter((event) => event.sequence <= at.sequence)
  return events.slice(0, events.findLastIndex((event) => event.time <= at.time) + 1)
}
