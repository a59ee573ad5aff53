import type { SqlConnection } from '../../kernel/sql.ts'
import { READ_MODEL_TABLES } from '../catalogue.ts'
import { DIGEST_TABLE, defineRowChecksum, rowText, SUM_MASK } from './row-checksum.ts'

/** What the rows of a table add up to. */
export interface TableDigest {
  rows: number
  sum: number
}

/** Reads the digests that the writer keeps, by the name of the table. */
export function keptDigests(sql: SqlConnection): Map<string, TableDigest> {
  const rows = sql.prepare(`SELECT name, rows, sum FROM ${DIGEST_TABLE}`).all() as (TableDigest & {
    name: string
  })[]
  return new Map(rows.map(({ name, ...digest }) => [name, digest]))
}

/** Adds up all rows of a table. Reads the whole table: about a second for a million rows. */
export function sumTable(sql: SqlConnection, table: string): TableDigest {
  defineRowChecksum(sql)
  return sql
    .prepare(
      `SELECT count(*) AS rows, coalesce(sum(row_checksum(${rowText(sql, table)})), 0) & ${SUM_MASK} AS sum FROM ${table}`,
    )
    .get() as TableDigest
}

/** Writes the digests of all read models as they are now, inside the transaction that the caller holds. */
export function writeDigests(sql: SqlConnection): void {
  const write = sql.prepare(`INSERT OR REPLACE INTO ${DIGEST_TABLE} (name, rows, sum) VALUES (?, ?, ?)`)
  for (const table of Object.keys(READ_MODEL_TABLES)) {
    const { rows, sum } = sumTable(sql, table)
    write.run(table, rows, sum)
  }
}
