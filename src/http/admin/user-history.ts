import { userStream } from '../../events/streams.ts'
import type { GiveWay } from '../../kernel/loop-share.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { decodeEvents } from '../../log/decode-events.ts'
import { foldUser, USER_STATE_EVENTS } from '../../projections/users/history.ts'
import type { User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'
import type { AdminDeps } from './deps.ts'
import type { Moment } from './moments.ts'

const IS_STATE_EVENT: ReadonlySet<string> = new Set(USER_STATE_EVENTS)
/** How many events are read from the log, and how many headers listed, in one step. */
const READ_AT_ONCE = 64
const LISTED_AT_ONCE = 1024

/**
 * Shows a user as it was at a moment.
 *
 * @throws Refusal `not_found` when there was no such user then, or the person is erased since; `invalid_input`
 *   when the log has not reached that event yet; `overloaded`.
 */
export async function userAsOf(deps: AdminDeps, userid: string, at: Moment): Promise<User> {
  const { log } = deps
  if ('sequence' in at && at.sequence > log.head().sequence) {
    throw new Refusal('invalid_input', `The log has not reached event ${at.sequence} yet`)
  }
  const user = await deps.longReads.run((giveWay) => foldUntil(deps, userid, at, giveWay))
  if (user) return user
  throw new Refusal('not_found', 'There was no such user at that moment, or the person is erased')
}

async function foldUntil(
  { views, log, keys, openScratch }: AdminDeps,
  userid: string,
  at: Moment,
  giveWay: GiveWay,
): Promise<User | null> {
  const sequences = await stateEventsUntil(views, userid, at, giveWay)
  const scratch = openScratch()
  try {
    const history = foldUser(scratch)
    for (let from = 0; from < sequences.length; from += READ_AT_ONCE) {
      await giveWay()
      const stored = log.eventsAt(sequences.slice(from, from + READ_AT_ONCE))
      for (const event of await decodeEvents(stored, log, keys, giveWay)) {
        const pause = giveWay()
        if (pause) await pause
        if (event.erased && event.lost) throw keyMissing(event.stream)
        history.apply(event)
      }
    }
    return history.user(userid)
  } finally {
    scratch.close()
  }
}

/**
 * Lists the events up to a moment that changed a user. Clocks may step back, so the last event at or before a time
 * decides.
 */
async function stateEventsUntil(
  { audit }: Views,
  userid: string,
  at: Moment,
  giveWay: GiveWay,
): Promise<number[]> {
  const found: number[] = []
  let within = 0
  let after = 0
  for (;;) {
    await giveWay()
    const entries = audit.entriesOfStream(userStream(userid), after, LISTED_AT_ONCE)
    for (const { sequence, type, time } of entries) {
      if (!IS_STATE_EVENT.has(type)) continue
      found.push(sequence)
      if ('sequence' in at ? sequence <= at.sequence : time <= at.time) within = found.length
    }
    const last = entries.at(-1)
    const isPast = 'sequence' in at && last !== undefined && last.sequence >= at.sequence
    if (!last || isPast || entries.length < LISTED_AT_ONCE) return found.slice(0, within)
    after = last.sequence
  }
}

function keyMissing(stream: string): Refusal {
  return new Refusal('storage_failed', `The key of ${stream} is missing, though nothing erased it`)
}
