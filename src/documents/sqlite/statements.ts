import { CLOCK_SKEW } from '../../kernel/clock.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

const ROW = 'payload, counter, expires_at, consumed_at'
const KEY = 'key_hash = unhex(?)'
const UID = 'uid_hash = unhex(?)'
/** A counter lives even if it was begun in the future: a clock that was ahead must not grant new attempts. */
const LIVING = `? BETWEEN iif(counter IS NULL, issued_at - ${CLOCK_SKEW}, 0) AND expires_at - 1`
const ABSENT = `NOT (${LIVING})`

/**
 * Prepares every statement on the `documents` table. A document has expired at the millisecond of its `expires_at`, and
 * is also absent if it was issued in the future. A write over an expired document replaces it whole: the upsert forgets
 * that it was consumed, and a statement that drops it runs before each of the other writes.
 *
 * Hashes arrive as hex and are kept as bytes: a small index makes writes fast.
 */
export function prepareDocumentStatements(db: SqlConnection) {
  return {
    find: db.prepare(`SELECT ${ROW} FROM documents WHERE ${KEY} AND ${LIVING}`),
    findByUid: db.prepare(`SELECT ${ROW} FROM documents WHERE ${UID} AND ${LIVING}`),
    dropEnded: db.prepare(`DELETE FROM documents WHERE ${KEY} AND ${ABSENT}`),
    dropEndedUid: db.prepare(`DELETE FROM documents WHERE ${UID} AND ${ABSENT}`),
    releaseUid: db.prepare(`UPDATE documents SET uid_hash = NULL WHERE ${UID} AND key_hash <> unhex(?)`),
    upsert: db.prepare(
      `INSERT INTO documents (key_hash, uid_hash, kind, account, grant_id, payload, expires_at, evictable, issued_at)
       VALUES (unhex(?), unhex(?), ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key_hash) DO UPDATE SET
         uid_hash = excluded.uid_hash, account = excluded.account, grant_id = excluded.grant_id,
         payload = excluded.payload, counter = NULL, expires_at = excluded.expires_at,
         evictable = excluded.evictable, issued_at = excluded.issued_at,
         consumed_at = CASE WHEN ${LIVING} THEN consumed_at END`,
    ),
    insertOnce: db.prepare(
      `INSERT INTO documents (key_hash, uid_hash, kind, account, grant_id, payload, expires_at, evictable, issued_at)
       VALUES (unhex(?), unhex(?), ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    consume: db.prepare(
      `UPDATE documents SET consumed_at = ? WHERE ${KEY} AND ${LIVING} AND consumed_at IS NULL`,
    ),
    take: db.prepare(`DELETE FROM documents WHERE ${KEY} AND ${LIVING} RETURNING ${ROW}`),
    increment: db.prepare(
      `INSERT INTO documents (key_hash, kind, counter, expires_at, evictable, issued_at)
       VALUES (unhex(?), ?, ?, ?, ?, ?)
       ON CONFLICT (key_hash) DO UPDATE SET counter = counter + excluded.counter,
         expires_at = iif(issued_at - ${CLOCK_SKEW} > excluded.issued_at,
           min(expires_at, excluded.expires_at), expires_at),
         issued_at = min(issued_at, excluded.issued_at)
       WHERE counter IS NOT NULL
       RETURNING counter`,
    ),
    remove: db.prepare(`DELETE FROM documents WHERE ${KEY} RETURNING ${LIVING} AS living`),
    revokeByGrant: db.prepare(`DELETE FROM documents WHERE grant_id = ? RETURNING ${LIVING} AS living`),
    revokeByAccount: db.prepare(`DELETE FROM documents WHERE account = ? RETURNING ${LIVING} AS living`),
    deleteExpired: db.prepare(
      `DELETE FROM documents WHERE rowid IN
         (SELECT rowid FROM documents WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    ),
    deleteIssuedAfter: db.prepare(
      'DELETE FROM documents WHERE rowid IN (SELECT rowid FROM documents WHERE issued_at > ? LIMIT ?)',
    ),
    evict: db.prepare(
      `DELETE FROM documents WHERE rowid IN
         (SELECT rowid FROM documents WHERE kind = ? AND evictable IS NOT NULL
          ORDER BY expires_at DESC, rowid DESC LIMIT ? OFFSET ?)`,
    ),
    clear: db.prepare('DELETE FROM documents'),
  }
}
