import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { SqlConnection } from '../kernel/sql.ts'
import { READ_MODEL_TABLES } from './catalogue.ts'

/** The first row in which two sets of read models differ. */
export interface RowDifference {
  table: string
  /** The columns that identify the row. */
  key: Record<string, unknown>
  reason: 'missing' | 'unexpected' | 'different'
  /** The columns that differ. Values are left out: they may be personal. */
  columns: string[]
}

type Row = Record<string, unknown>

/** Describes the row in which two sets of read models differ: `users {"userid":"lusab-babad"}: different in email`. */
export function describeDifference({ table, key, reason, columns }: RowDifference): string {
  const how = columns.length > 0 ? `${reason} in ${columns.join(', ')}` : reason
  return `${table} ${JSON.stringify(readableKey(key))}: ${how}`
}

/** Spells the bytes of a key as base64url. */
export function readableKey(key: Record<string, unknown>): Record<string, unknown> {
  const spell = (value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : value
  return Object.fromEntries(Object.entries(key).map(([column, value]) => [column, spell(value)]))
}

/** Compares the read models of a live connection with those of a fresh fold; `null` when they are equal. */
export function firstDifference(live: SqlConnection, fresh: SqlConnection): RowDifference | null {
  for (const [table, key] of Object.entries(READ_MODEL_TABLES)) {
    const difference = compareTable(table, key, rowsOf(live, table, key), rowsOf(fresh, table, key))
    if (difference) return difference
  }
  return null
}

/** Hashes the content of all read models: equal digests mean equal rows in every table. */
export function digestOf(sql: SqlConnection): string {
  const digest = createHash('sha256')
  for (const [table, key] of Object.entries(READ_MODEL_TABLES)) {
    digest.update(`${table}\n`)
    for (const row of rowsOf(sql, table, key)) digest.update(`${JSON.stringify(row)}\n`)
  }
  return digest.digest('hex')
}

function rowsOf(sql: SqlConnection, table: string, key: readonly string[]): IterableIterator<Row> {
  return sql.prepare(`SELECT * FROM ${table} ORDER BY ${key.join(', ')}`).iterate() as IterableIterator<Row>
}

/** Compares rows of one table that both sides give in the order of their keys. */
export function compareTable(
  table: string,
  key: readonly string[],
  live: IterableIterator<Row>,
  fresh: IterableIterator<Row>,
): RowDifference | null {
  try {
    for (;;) {
      const found = live.next()
      const wanted = fresh.next()
      if (found.done && wanted.done) return null
      if (found.done) return describe(table, key, wanted.value, 'missing')
      if (wanted.done) return describe(table, key, found.value, 'unexpected')
      const difference = compareRow(table, key, found.value, wanted.value)
      if (difference) return difference
    }
  } finally {
    live.return?.()
    fresh.return?.()
  }
}

function compareRow(table: string, key: readonly string[], live: Row, fresh: Row): RowDifference | null {
  const columns = Object.keys(fresh).filter((column) => !isDeepStrictEqual(live[column], fresh[column]))
  if (columns.length === 0) return null
  if (!columns.some((column) => key.includes(column)))
    return { ...describe(table, key, live, 'different'), columns }
  // Rows come in the order of their keys, so the smaller key is the one that the other side does not have.
  const liveFirst = key.map((column) => order(live[column], fresh[column])).find((result) => result !== 0)
  return (liveFirst ?? 0) < 0
    ? describe(table, key, live, 'unexpected')
    : describe(table, key, fresh, 'missing')
}

function order(left: unknown, right: unknown): number {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)))
}

function describe(
  table: string,
  key: readonly string[],
  row: Row,
  reason: RowDifference['reason'],
): RowDifference {
  return { table, key: Object.fromEntries(key.map((column) => [column, row[column]])), reason, columns: [] }
}
