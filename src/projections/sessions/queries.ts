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
  /** When a password or passkey was last used in it; `null` when only mailed links and codes were. */
  strong_at: string | null
}

const SELECT =
  'SELECT session_id, userid, amr, address, device_name, started_at, expires_at, strong_at FROM sessions'

/** Reads sessions from the read model. */
export function sessionQueries(sql: SqlConnection) {
  const byId = sql.prepare(`${SELECT} WHERE session_id = ?`)
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
    /** Lists the sessions of a user, expired ones included until they are deleted. */
    ofUser: (userid: string) => ofUser.all(userid).map(toSession),
  }
}
