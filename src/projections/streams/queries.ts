import { userStream } from '../../events/streams.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

/** The state of a stream. A closed one accepts no more events, unless it is opened again under a new key. */
export interface StreamState {
  version: number
  key_id: string | null
  closed: boolean
}

type LastEntry = Omit<StreamState, 'closed'> & { closed: number | null }

/** A stream that is not closed, and a key that seals events of it. */
export interface LivingKey {
  stream: string
  key_id: string
}

const LIVING = `audit_entries AS entry WHERE key_id IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM closed_streams AS ended WHERE ended.stream = entry.stream AND ended.sequence >= entry.sequence)`

/** Reads the state of streams from their last entries in the audit trail. */
export function streamQueries(sql: SqlConnection) {
  // The plus keeps SQLite from planning the statement again for every value (five times the cost).
  const last = sql.prepare(
    `SELECT version, key_id, sequence <= (SELECT sequence FROM closed_streams WHERE stream = +?) AS closed
     FROM audit_entries WHERE stream = +? ORDER BY sequence DESC LIMIT 1`,
  )
  const living = sql.prepare(`SELECT DISTINCT stream, key_id FROM ${LIVING}`)
  const livingAmong = sql.prepare(
    `SELECT DISTINCT stream, key_id FROM ${LIVING} AND sequence IN (SELECT value FROM json_each(?))`,
  )
  const livingKeysOf = sql.prepare(`SELECT DISTINCT stream, key_id FROM ${LIVING} AND stream = +?`)
  const closedKeys = sql
    .prepare(
      `SELECT DISTINCT entry.key_id FROM closed_streams JOIN audit_entries AS entry USING (stream)
       WHERE entry.key_id IS NOT NULL AND entry.sequence <= closed_streams.sequence`,
    )
    .pluck(true)
  const get = (stream: string): StreamState | null => {
    const row = last.get(stream, stream) as LastEntry | undefined
    return row ? { ...row, closed: row.closed === 1 } : null
  }
  return {
    get,
    /** Tells whether a user id was ever given to anyone, erased people included. */
    isUseridTaken: (userid: string) => get(userStream(userid)) !== null,
    /** Lists all streams that are not closed, with the keys that seal them. Reads the whole trail. */
    living: () => living.iterate() as IterableIterator<LivingKey>,
    /** As `living`, for the streams of some events only. */
    livingAmong: (sequences: readonly number[]) => livingAmong.all(JSON.stringify(sequences)) as LivingKey[],
    /** As `living`, for one stream. */
    livingKeysOf: (stream: string) => livingKeysOf.all(stream) as LivingKey[],
    /** Lists the keys of all streams that are closed: none of them may exist any more. */
    closedKeys: () => closedKeys.all() as string[],
  }
}
