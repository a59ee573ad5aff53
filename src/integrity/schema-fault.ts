import type { SqlConnection } from '../kernel/sql.ts'
import { openMemoryTables } from '../log/sqlite/memory-tables.ts'

/** The kinds that change what other statements do, so that one put in by hand is a way in. */
const ACTING = ['trigger', 'view']

/**
 * Compares the tables, indexes and triggers of a database with those that the migrations make, by their names.
 *
 * @returns what is missing, or which trigger or view is not of this program; `null` when neither.
 */
export function schemaFault(sql: SqlConnection): string | null {
  const fresh = openMemoryTables()
  try {
    const wanted = objectsOf(fresh.sql)
    const found = objectsOf(sql)
    const missing = wanted.find((object) => !found.includes(object))
    if (missing) return `${missing} is missing`
    const foreign = found.find(
      (object) => ACTING.includes(object.split(' ')[0] ?? '') && !wanted.includes(object),
    )
    return foreign ? `${foreign} is none of this program` : null
  } finally {
    fresh.close()
  }
}

function objectsOf(sql: SqlConnection): string[] {
  return sql
    .prepare("SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[]
}
