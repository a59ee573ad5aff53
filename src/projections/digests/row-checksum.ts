import { crc32 } from 'node:zlib'
import type { SqlConnection } from '../../kernel/sql.ts'

/** The table that holds the digests, with the columns of its primary key. */
export const DIGEST_TABLE = 'read_model_digests'

/** Sums are kept modulo 2^48: a driver hands them over as numbers without loss. */
export const SUM_MASK = 2 ** 48 - 1

/**
 * Makes two functions over the texts of rows known to a connection: `row_checksum(row)` is CRC-32, and
 * `checksum_change(new, old)` by how much it grows. A row changed in up to 32 adjacent bits never keeps its checksum;
 * somebody who chooses the change is found by comparing with the log instead.
 */
export function defineRowChecksum(sql: SqlConnection): void {
  sql.function('row_checksum', { deterministic: true }, (row: string) => crc32(row))
  sql.function(
    'checksum_change',
    { deterministic: true },
    (one: string, old: string) => crc32(one) - crc32(old),
  )
}

/**
 * Gives the SQL expression of a row's text: all of its columns as a JSON array, bytes in hex.
 *
 * @param row `new.` or `old.` in a trigger.
 */
export function rowText(sql: SqlConnection, table: string, row = ''): string {
  const columns = sql.prepare('SELECT name, type FROM pragma_table_info(?) ORDER BY cid').all(table) as {
    name: string
    type: string
  }[]
  const values = columns.map(({ name, type }) => (type === 'BLOB' ? `hex(${row}${name})` : `${row}${name}`))
  return `json_array(${values.join(', ')})`
}
