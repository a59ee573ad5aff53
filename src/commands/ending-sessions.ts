import type { EventData } from '../events/catalogue.ts'
import type { NewEvent } from '../events/envelope.ts'
import type { Views } from '../projections/views.ts'
import { ofUser } from './subjects.ts'

type Reason = EventData<'SessionEnded'>['reason']

/** Ends every session of a user that still runs at the time `now`, but for the one to keep. */
export function endSessionsOfUser(
  views: Views,
  userid: string,
  { reason, now, keep = null }: { reason: Reason; now: string; keep?: string | null },
): NewEvent[] {
  return views.sessions
    .ofUser(userid)
    .filter((session) => session.expires_at > now && session.session_id !== keep)
    .map(({ session_id }) => ({
      type: 'SessionEnded',
      ...ofUser(userid),
      data: { userid, session_id, reason },
    }))
}
