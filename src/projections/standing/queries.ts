import type { SqlConnection } from '../../kernel/sql.ts'

/** What a token stands on: the registration of its client, and the session that it came of. */
export interface Standing {
  /** The scopes that the client is registered with. */
  scope: string
  /** `null` without such a session, also when it was ended. */
  session: { userid: string; active: boolean; expires_at: string } | null
}

interface StandingRow {
  scope: string
  userid: string | null
  active: number | null
  expires_at: string | null
}

/** Answers, in one step, whether a token may still be used; it is asked at every use of one. */
export function standingQueries(sql: SqlConnection) {
  const find = sql.prepare(
    `SELECT c.scope, s.userid, s.expires_at, u.active FROM clients c
       LEFT JOIN sessions s ON s.session_id = ? LEFT JOIN users u ON u.userid = s.userid
     WHERE c.client_id = ?`,
  )
  return {
    /** Reads what a token of the client stands on; `null` when there is no such client any more. */
    of: (clientId: string, sessionId: string | null): Standing | null => {
      const row = find.get(sessionId, clientId) as StandingRow | undefined
      if (row === undefined) return null
      const { scope, userid, active, expires_at } = row
      const session =
        userid === null || expires_at === null ? null : { userid, active: active === 1, expires_at }
      return { scope, session }
    },
  }
}
