import { isStrong } from '../../events/session.ts'
import { isoTime, parseIsoTime } from '../../kernel/clock.ts'
import type { ReadModel } from '../read-model.ts'

/**
 * How long an expired session is kept, in milliseconds. An authorization for `offline_access` outlives the expiry of
 * its session, but not its end by a person: while the row exists, nobody ended the session.
 */
export const KEPT_AFTER_END = 90 * 24 * 60 * 60_000

/** Keeps `sessions`: where people are signed in, as they and administrators see it. */
export const sessions: ReadModel = {
  name: 'sessions',
  tables: { sessions: ['session_id'] },
  indexes: ['sessions_by_user'],
  handlers(sql) {
    // The expiry of a session has no event; a later sign-in of its user deletes the row.
    const clearEnded = sql.prepare('DELETE FROM sessions WHERE userid = ? AND expires_at <= ?')
    const begin = sql.prepare(
      `INSERT INTO sessions (session_id, userid, amr, address, device_name, started_at, expires_at, strong_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET amr = excluded.amr, address = excluded.address,
         device_name = excluded.device_name, expires_at = excluded.expires_at,
         strong_at = coalesce(excluded.strong_at, strong_at)`,
    )
    const end = sql.prepare('DELETE FROM sessions WHERE session_id = ?')
    return {
      SignInSucceeded: ({ data, time }) => {
        clearEnded.run(data.userid, isoTime(parseIsoTime(time) - KEPT_AFTER_END))
        begin.run(
          data.session_id,
          data.userid,
          JSON.stringify(data.amr),
          data.address,
          data.device_name,
          time,
          data.expires_at,
          isStrong(data.amr) ? time : null,
        )
      },
      SessionEnded: ({ data }) => {
        end.run(data.session_id)
      },
    }
  },
}
