import type { SqlConnection } from '../../kernel/sql.ts'
import { READ_MODEL_TABLES } from '../catalogue.ts'
import { DIGEST_TABLE, defineRowChecksum, rowText, SUM_MASK } from './row-checksum.ts'

/** Rows of this table are only ever added, in the order of their numbers, so a whole commit is summed at once. */
const ADDED_ONLY = 'audit_entries'

/**
 * Keeps the digests of all read models on a writing connection, in whatever transaction changes their rows: by
 * temporary triggers, which cover every table, column and cascade without the projections knowing, roll back with
 * what they followed, and are seen by no other connection.
 *
 * @returns what to call before the head of the read models is set to a new sequence number.
 */
export function keepDigests(sql: SqlConnection): () => void {
  defineRowChecksum(sql)
  beginDigests(sql)
  for (const table of Object.keys(READ_MODEL_TABLES)) {
    if (table !== ADDED_ONLY) createTriggers(sql, table)
  }
  const addEntries = sql.prepare(
    `UPDATE ${DIGEST_TABLE} SET rows = read_model_digests.rows + added.rows, sum = (read_model_digests.sum + added.sum) & ${SUM_MASK}
     FROM (SELECT count(*) AS rows, coalesce(sum(row_checksum(${rowText(sql, ADDED_ONLY)})), 0) AS sum FROM ${ADDED_ONLY}
           WHERE sequence > coalesce((SELECT sequence FROM read_model_head), 0)) AS added
     WHERE name = '${ADDED_ONLY}'`,
  )
  return () => {
    addEntries.run()
  }
}

/** Tables that hold nothing yet begin with a digest of nothing. */
function beginDigests(sql: SqlConnection): void {
  const begin = sql.prepare(
    `INSERT OR IGNORE INTO ${DIGEST_TABLE} (name, rows, sum)
     SELECT ?, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM read_model_head)`,
  )
  for (const table of Object.keys(READ_MODEL_TABLES)) begin.run(table)
}

function createTriggers(sql: SqlConnection, table: string): void {
  const added = rowText(sql, table, 'new.')
  const removed = rowText(sql, table, 'old.')
  const change = (rows: string, sum: string) =>
    `BEGIN UPDATE ${DIGEST_TABLE} SET ${rows}sum = (sum ${sum}) & ${SUM_MASK} WHERE name = '${table}'; END`
  sql.exec(`
    CREATE TEMP TRIGGER IF NOT EXISTS ${table}_added AFTER INSERT ON ${table} ${change('rows = rows + 1, ', `+ row_checksum(${added})`)};
    CREATE TEMP TRIGGER IF NOT EXISTS ${table}_changed AFTER UPDATE ON ${table} ${change('', `+ checksum_change(${added}, ${removed})`)};
    CREATE TEMP TRIGGER IF NOT EXISTS ${table}_removed AFTER DELETE ON ${table} ${change('rows = rows - 1, ', `- row_checksum(${removed})`)};
  `)
}
