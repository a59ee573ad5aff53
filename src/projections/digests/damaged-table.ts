import type { SqlConnection } from '../../kernel/sql.ts'
import { READ_MODEL_TABLES } from '../catalogue.ts'
import { keptDigests, sumTable, type TableDigest } from './table-digest.ts'

/** A table that is not what its digest says. */
export interface DamagedTable {
  table: string
  reason: string
  /** Whether SQLite itself cannot read it. */
  unreadable: boolean
}

/**
 * Compares the tables with their digests.
 *
 * @param upTo tables of more rows than this are only counted.
 * @returns the first table that differs; `unsummed` when there are no digests yet, which a migration clears.
 */
export function damagedTable(
  sql: SqlConnection,
  upTo = Number.MAX_SAFE_INTEGER,
): DamagedTable | 'unsummed' | null {
  const kept = keptDigests(sql)
  for (const table of Object.keys(READ_MODEL_TABLES)) {
    const digest = kept.get(table)
    if (!digest) return 'unsummed'
    const damage = damageOf(sql, table, digest, upTo)
    if (damage) return { table, ...damage }
  }
  return null
}

function damageOf(
  sql: SqlConnection,
  table: string,
  { rows, sum }: TableDigest,
  upTo: number,
): Omit<DamagedTable, 'table'> | null {
  try {
    const count = sql.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
    if (count !== rows) return { reason: `it has ${count} rows, and should have ${rows}`, unreadable: false }
    if (rows <= upTo && sumTable(sql, table).sum !== sum)
      return { reason: 'its rows do not add up to its digest', unreadable: false }
    return null
  } catch (error) {
    // A flipped bit can also cut a page off, or make a text into bytes.
    if (error instanceof Error && 'code' in error)
      return { reason: `SQLite cannot read it (${error.message})`, unreadable: true }
    throw error
  }
}
