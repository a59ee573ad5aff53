/** What a row may hold, as the drivers hand it over. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** The part of a prepared statement that rooms use. */
export interface SqlStatement {
  run(...parameters: SqlValue[]): { changes: number }
  get(...parameters: SqlValue[]): unknown
  all(...parameters: SqlValue[]): unknown[]
  iterate(...parameters: SqlValue[]): IterableIterator<unknown>
  /** Gives the first column instead of a row object. */
  pluck(on?: boolean): SqlStatement
  /** Gives rows as lists of their columns instead of objects. */
  raw(on?: boolean): SqlStatement
}

/**
 * The part of a synchronous SQL connection that rooms use. The driver itself stays in the room that owns
 * it; projections and documents are handed one of these.
 */
export interface SqlConnection {
  prepare(sql: string): SqlStatement
  exec(sql: string): unknown
  /** Makes a function of one or two texts known to the SQL of this connection. */
  function(
    name: string,
    options: { deterministic: boolean },
    work: ((text: string) => number) | ((one: string, other: string) => number),
  ): unknown
}
