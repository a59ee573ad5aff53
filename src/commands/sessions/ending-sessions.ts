import type { EventData } from '../../events/catalogue.ts'
import type { NewEvent } from '../../events/envelope.ts'
import type { Views } from '../../projections/views.ts'
import { ofUser } from '../subjects.ts'

type Reason = EventData<'SessionEnded'>['reason']

/**
 * Ends every session of a user except the one to keep, expired ones included: an authorization for `offline_access`
 * outlives the expiry of its session, and must not outlive this.
 */
export function endSessionsOfUser(
  views: Views,
  userid: string,
  { reason, keep = null }: { reason: Reason; keep?: string | null },
): NewEvent[] {
  return views.sessions
    .ofUser(userid)
    .filter((session) => session.session_id !== keep)
    .map(({ session_id }) => ({
      type: 'SessionEnded',
      ...ofUser(userid),
      data: { userid, session_id, reason },
    }))
}
