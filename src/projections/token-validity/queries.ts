import type { SqlConnection } from '../../kernel/sql.ts'
import type { ClientRights } from '../clients/rights.ts'

/** What the validity of a person's token depends on. */
export interface PersonValidity {
  /** What the client is registered with, and since when. */
  rights: ClientRights
  /** The user of the session, whether that user is active, and when the session expires. */
  userid: string
  active: boolean
  expires_at: string
  /** Whether a password or passkey was used in the session. */
  strong: boolean
}

type PersonRow = Omit<PersonValidity, 'rights' | 'active' | 'strong'> & {
  rights: string | null
  active: number
  strong: number
}

/** Reads what the validity of a token depends on, in one step, because it is read at every use of a token. */
export function tokenValidityQueries(sql: SqlConnection) {
  // Subqueries, because SQLite takes three times as long with outer joins.
  const ofPerson = sql.prepare(
    `SELECT userid, expires_at, strong_at IS NOT NULL AS strong,
       (SELECT active FROM users WHERE users.userid = sessions.userid) AS active,
       (SELECT rights FROM clients WHERE client_id = ?) AS rights FROM sessions WHERE session_id = ?`,
  )
  const ofClient = sql.prepare('SELECT rights FROM clients WHERE client_id = ?').pluck(true)
  const memberSince = sql
    .prepare('SELECT since FROM user_groups WHERE userid = ? AND group_name = ?')
    .pluck(true)
  const sequence = sql.prepare('SELECT sequence FROM read_model_head').pluck(true)
  const toRights = rightsReader()
  return {
    /** `null` when there is no such client, or the session was ended. */
    ofPerson: (clientId: string, sessionId: string): PersonValidity | null => {
      const row = ofPerson.get(clientId, sessionId) as PersonRow | undefined
      if (row === undefined || row.rights === null) return null
      return { ...row, rights: toRights(row.rights), active: row.active === 1, strong: row.strong === 1 }
    },
    /** Reads what a client is registered with; `null` when there is no such client. */
    ofClient: (clientId: string): ClientRights | null => {
      const rights = ofClient.get(clientId) as string | undefined
      return rights === undefined ? null : toRights(rights)
    },
    /** Tells the event by which a user joined a group; `null` for a user who is not a member. */
    memberSince: (userid: string, group: string) =>
      (memberSince.get(userid, group) as number | undefined) ?? null,
    /** Tells the sequence number of the last applied event; 0 when there is none. */
    sequence: () => (sequence.get() as number | undefined) ?? 0,
  }
}

/** How many parsed registrations are kept. */
const KEPT = 256

/** Makes the reader of stored rights. It parses each text once, because every token of a client reads it. */
function rightsReader(): (text: string) => ClientRights {
  const kept = new Map<string, ClientRights>()
  return (text) => {
    const known = kept.get(text)
    if (known) return known
    if (kept.size >= KEPT) kept.clear()
    const rights = JSON.parse(text) as ClientRights
    kept.set(text, rights)
    return rights
  }
}
