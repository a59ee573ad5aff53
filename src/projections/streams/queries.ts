import { CLOSING_EVENTS } from '../../events/closing.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

/** Where a stream stands. A closed one takes no more events, and its name is never used again. */
export interface StreamState {
  version: number
  key_id: string | null
  closed: boolean
}

/** Looks up where streams stand, from their last entries in the audit trail. */
export function streamQueries(sql: SqlConnection) {
  // The plus keeps SQLite from planning the statement anew for every value it is given (five times the cost).
  const last = sql.prepare(
    'SELECT version, key_id, type FROM audit_entries WHERE stream = +? ORDER BY sequence DESC LIMIT 1',
  )
  return {
    get: (stream: string): StreamState | null => {
      const row = last.get(stream) as { version: number; key_id: string | null; type: string } | undefined
      return row
        ? { version: row.version, key_id: row.key_id, closed: CLOSING_EVENTS.includes(row.type) }
        : null
    },
  }
}
