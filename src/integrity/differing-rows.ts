import type { StoredEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { KeyRing } from '../log/keys/key-ring.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { SqliteLog } from '../log/sqlite/commit-log.ts'
import { createMemoryTables } from '../log/sqlite/memory-tables.ts'
import { auditQueries } from '../projections/audit/queries.ts'
import { READ_MODEL_TABLES } from '../projections/catalogue.ts'
import { compareTable, type RowDifference } from '../projections/compare.ts'
import { createUndigestedProjector } from '../projections/projector.ts'
import type { RowsToCheck } from './rows-to-check.ts'

/** Folds some streams of the log and compares the result with the rows of the live tables. */
export async function differenceInRows(
  sql: SqlConnection,
  log: SqliteLog,
  keys: Pick<KeyStore, 'load'>,
  { tables, streams }: RowsToCheck,
): Promise<RowDifference | null> {
  const audit = auditQueries(sql)
  const sequences = streams.flatMap((stream) => audit.ofStream(stream)).sort((left, right) => left - right)
  const fresh = createMemoryTables()
  try {
    await foldEvents(fresh.sql, log.eventsAt(sequences), log.id, keys)
    for (const { table, column, ids } of tables) {
      const key = READ_MODEL_TABLES[table] ?? []
      const rows = (side: SqlConnection) =>
        side
          .prepare(
            `SELECT * FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?)) ORDER BY ${key.join(', ')}`,
          )
          .iterate(JSON.stringify(ids)) as IterableIterator<Record<string, unknown>>
      const difference = compareTable(table, key, rows(sql), rows(fresh.sql))
      if (difference) return difference
    }
    return null
  } finally {
    fresh.close()
  }
}

async function foldEvents(
  sql: SqlConnection,
  events: readonly StoredEvent[],
  log: string,
  keys: Pick<KeyStore, 'load'>,
): Promise<void> {
  const ring = new KeyRing(keys)
  await ring.gather(events.map(({ key_id }) => key_id))
  const projector = createUndigestedProjector(sql)
  sql.exec('BEGIN')
  for (const event of events) projector.apply(decodeEvent(event, log, ring.get(event.key_id)))
  sql.exec('COMMIT')
}
