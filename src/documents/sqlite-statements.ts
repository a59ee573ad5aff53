import type { SqlConnection } from '../kernel/sql.ts'

const ROW = 'payload, counter, expires_at, consumed_at'
const KEY = 'key_hash = unhex(?)'
const UID = 'uid_hash = unhex(?)'
const LIVING = 'expires_at > ?'
const ENDED = 'expires_at <= ?'

/**
 * Prepares every statement on the `documents` table. A document has ended at the very millisecond of its
 * `expires_at`. To store over an ended one is to store anew: the upsert forgets that it was consumed, the other
 * statements that store come after one that drops it.
 * Hashes arrive as hex and are kept as bytes: the speed of writing rests on a small index.
 */
export function prepareDocumentStatements(db: SqlConnection) {
  return {
    find: db.prepare(`SELECT ${ROW} FROM documents WHERE ${KEY} AND ${LIVING}`),
    findByUid: db.prepare(`SELECT ${ROW} FROM documents WHERE ${UID} AND ${LIVING}`),
    dropEnded: db.prepare(`DELETE FROM documents WHERE ${KEY} AND ${ENDED}`),
    dropEndedUid: db.prepare(`DELETE FROM documents WHERE ${UID} AND ${ENDED}`),
    releaseUid: db.prepare(`UPDATE documents SET uid_hash = NULL WHERE ${UID} AND key_hash <> unhex(?)`),
    upsert: db.prepare(
      `INSERT INTO documents (key_hash, uid_hash, kind, account, grant_id, payload, expires_at, evictable)
       VALUES (unhex(?), unhex(?), ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key_hash) DO UPDATE SET
         uid_hash = excluded.uid_hash, account = excluded.account, grant_id = excluded.grant_id,
         payload = excluded.payload, counter = NULL, expires_at = excluded.expires_at,
         evictable = excluded.evictable,
         consumed_at = CASE WHEN documents.expires_at > ? THEN consumed_at END`,
    ),
    insertOnce: db.prepare(
      `INSERT INTO documents (key_hash, uid_hash, kind, account, grant_id, payload, expires_at, evictable)
       VALUES (unhex(?), unhex(?), ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    consume: db.prepare(
      `UPDATE documents SET consumed_at = ? WHERE ${KEY} AND ${LIVING} AND consumed_at IS NULL`,
    ),
    take: db.prepare(`DELETE FROM documents WHERE ${KEY} AND ${LIVING} RETURNING ${ROW}`),
    increment: db.prepare(
      `INSERT INTO documents (key_hash, kind, counter, expires_at, evictable) VALUES (unhex(?), ?, ?, ?, ?)
       ON CONFLICT (key_hash) DO UPDATE SET counter = counter + excluded.counter
       WHERE counter IS NOT NULL
       RETURNING counter`,
    ),
    remove: db.prepare(`DELETE FROM documents WHERE ${KEY} RETURNING expires_at`),
    revokeByGrant: db.prepare('DELETE FROM documents WHERE grant_id = ? RETURNING expires_at'),
    revokeByAccount: db.prepare('DELETE FROM documents WHERE account = ? RETURNING expires_at'),
    deleteExpired: db.prepare(
      `DELETE FROM documents WHERE rowid IN
         (SELECT rowid FROM documents WHERE ${ENDED} ORDER BY expires_at LIMIT ?)`,
    ),
    evict: db.prepare(
      `DELETE FROM documents WHERE rowid IN
         (SELECT rowid FROM documents WHERE kind = ? AND evictable IS NOT NULL
          ORDER BY expires_at DESC, rowid DESC LIMIT ? OFFSET ?)`,
    ),
    clear: db.prepare('DELETE FROM documents'),
  }
}
