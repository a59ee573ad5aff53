import type { SqlConnection } from '../../kernel/sql.ts'
import type { ArchivedDocument, DocumentArchive } from '../archive.ts'

const PAGE = 500

const OTHER_COLUMNS = [
  'kind',
  'account',
  'grant_id',
  'payload',
  'counter',
  'expires_at',
  'consumed_at',
  'evictable',
  'issued_at',
] as const satisfies readonly (keyof ArchivedDocument)[]

/** Reads and writes the `documents` table as a whole. */
export function sqliteArchive(sql: SqlConnection): DocumentArchive {
  const others = OTHER_COLUMNS.join(', ')
  const page = sql.prepare(
    `SELECT rowid, lower(hex(key_hash)) AS key_hash, lower(hex(uid_hash)) AS uid_hash, ${others}
     FROM documents WHERE rowid > ? ORDER BY rowid LIMIT ?`,
  )
  const insert = sql.prepare(
    `INSERT INTO documents (key_hash, uid_hash, ${others})
     VALUES (unhex(?), unhex(?), ${OTHER_COLUMNS.map(() => '?').join(', ')})`,
  )
  return {
    async *read() {
      for (let after = 0; ; ) {
        const rows = page.all(after, PAGE) as (ArchivedDocument & { rowid: number })[]
        const last = rows.at(-1)
        if (!last) return
        after = last.rowid
        yield rows.map(({ rowid: _, uid_hash, ...row }) => ({ ...row, uid_hash: uid_hash || null }))
      }
    },
    async write(documents) {
      sql.exec('BEGIN')
      for (const row of documents) {
        insert.run(row.key_hash, row.uid_hash, ...OTHER_COLUMNS.map((column) => row[column]))
      }
      sql.exec('COMMIT')
    },
  }
}
