/** A value of a column, as the drivers return it. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** The part of a prepared statement that rooms use. */
export interface SqlStatement {
  run(...parameters: SqlValue[]): { changes: number }
  get(...parameters: SqlValue[]): unknown
  all(...parameters: SqlValue[]): unknown[]
  iterate(...parameters: SqlValue[]): IterableIterator<unknown>
  /** Makes the statement return the first column instead of a row object. */
  pluck(on?: boolean): SqlStatement
  /** Makes the statement return rows as arrays instead of objects. */
  raw(on?: boolean): SqlStatement
}

/**
 * The part of a synchronous SQL connection that rooms use. Only the room `log` uses the driver itself; projections and
 * documents are given one of these.
 */
export interface SqlConnection {
  prepare(sql: string): SqlStatement
  exec(sql: string): unknown
  /** Registers a function of one or two texts for the SQL of this connection. */
  function(
    name: string,
    options: { deterministic: boolean },
    work: ((text: string) => number) | ((one: string, other: string) => number),
  ): unknown
}

/** Runs reads that must see one state of the file, although another process may write to it between them. */
export function inSnapshot<T>(sql: Pick<SqlConnection, 'exec'>, read: () => T): T {
  sql.exec('BEGIN')
  try {
    return read()
  } finally {
    sql.exec('COMMIT')
  }
}
