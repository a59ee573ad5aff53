import type { SqlConnection } from '../kernel/sql.ts'
import { createMemoryTables } from '../log/sqlite/memory-tables.ts'

/** The kinds that change what other statements do: one that was put in by hand is an attack. */
const ACTING = ['trigger', 'view']

/**
 * Compares the tables, indexes and triggers of a database with those that the migrations make, by name.
 *
 * @returns what is missing, or which trigger or view this program did not make; `null` when nothing is wrong.
 */
export function schemaFault(sql: SqlConnection): string | null {
  const fresh = createMemoryTables()
  try {
    const wanted = objectsOf(fresh.sql)
    const found = objectsOf(sql)
    const missing = wanted.find((object) => !found.includes(object))
    if (missing) return `${missing} is missing`
    const foreign = found.find(
      (object) => ACTING.includes(object.split(' ')[0] ?? '') && !wanted.includes(object),
    )
    return foreign ? `${foreign} was not made by this program` : null
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
