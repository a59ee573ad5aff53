import type { SqlConnection } from '../../kernel/sql.ts'

/** A place where somebody is signed in. Times are ISO 8601 UTC. */
export interface Session {
  session_id: string
  userid: string
  amr: string[]
  address: string | null
  device_name: string | null
  started_at: string
  expires_at: string
}

/** Whose a session is. */
export interface SessionHolder {
  userid: string
  active: boolean
  expires_at: string
}

const SELECT = 'SELECT session_id, userid, amr, address, device_name, started_at, expires_at FROM sessions'

/** Answers questions about sessions from the read model. */
export function sessionQueries(sql: SqlConnection) {
  const byId = sql.prepare(`${SELECT} WHERE session_id = ?`)
  const holder = sql.prepare(
    `SELECT s.userid, s.expires_at, u.active FROM sessions s JOIN users u USING (userid) WHERE s.session_id = ?`,
  )
  const ofUser = sql.prepare(`${SELECT} WHERE userid = ? ORDER BY started_at, session_id`)
  const toSession = (row: unknown): Session => {
    const stored = row as Omit<Session, 'amr'> & { amr: string }
    return { ...stored, amr: JSON.parse(stored.amr) as string[] }
  }
  return {
    byId: (sessionId: string) => {
      const row = byId.get(sessionId)
      return row === undefined ? null : toSession(row)
    },
    /** Reads only whose session it is, whether that user is active, and when it ends. */
    holder: (sessionId: string): SessionHolder | null => {
      const row = holder.get(sessionId) as { userid: string; expires_at: string; active: number } | undefined
      return row === undefined ? null : { ...row, active: row.active === 1 }
    },
    /** Lists the sessions of a user, also those whose end has come but that nothing has cleared away yet. */
    ofUser: (userid: string) => ofUser.all(userid).map(toSession),
  }
}
