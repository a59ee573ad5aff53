import type { SqlConnection } from '../../kernel/sql.ts'

export interface StreamState {
  stream: string
  version: number
  key_id: string | null
  closed: 0 | 1
}

/** Looks up where streams stand. A stream that was closed by an erasure is remembered for ever. */
export function streamQueries(sql: SqlConnection) {
  const get = sql.prepare('SELECT stream, version, key_id, closed FROM streams WHERE stream = ?')
  const byKeyId = sql.prepare('SELECT stream, version, key_id, closed FROM streams WHERE key_id = ?')
  return {
    /** Finds the stream that a key seals. Reads the whole table: for the rare restart after a crash only. */
    byKeyId: (keyId: string) => (byKeyId.get(keyId) as StreamState | undefined) ?? null,
    get: (stream: string) => (get.get(stream) as StreamState | undefined) ?? null,
  }
}
