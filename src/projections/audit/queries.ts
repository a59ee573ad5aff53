import type { SqlConnection, SqlValue } from '../../kernel/sql.ts'

/** What the audit trail can be asked for. All given conditions must hold. */
export interface AuditFilter {
  /** Only events behind this sequence number; with descending order, before it. */
  after?: number | undefined
  types?: readonly string[] | undefined
  subject?: string | undefined
  actor?: string | undefined
  client?: string | undefined
  /** ISO 8601 UTC, inclusive. */
  from?: string | undefined
  /** ISO 8601 UTC, exclusive. */
  to?: string | undefined
  order?: 'asc' | 'desc' | undefined
  limit: number
}

/** Events about a subject outside the user stream of that name; spelt as the partial index spells it. */
const OTHER_STREAMS = "stream <> 'user-' || subject AND subject = ?"

/** Answers which events match a filter; the events themselves are read from the log. */
export function auditQueries(sql: SqlConnection) {
  const ofStream = sql
    .prepare('SELECT sequence FROM audit_entries WHERE stream = ? ORDER BY sequence')
    .pluck(true)
  return {
    /** Lists the sequence numbers of all events of a stream. */
    ofStream: (stream: string) => ofStream.all(stream) as number[],
    /** Lists the sequence numbers of matching events in order of the log. */
    find: (filter: AuditFilter): number[] => {
      const conditions: string[] = []
      const values: SqlValue[] = []
      const where = (condition: string, ...parameters: SqlValue[]) => {
        conditions.push(condition)
        values.push(...parameters)
      }
      const descending = filter.order === 'desc'
      if (filter.after !== undefined) where(descending ? 'sequence < ?' : 'sequence > ?', filter.after)
      if (filter.actor !== undefined) where('actor = ?', filter.actor)
      if (filter.client !== undefined) where('client = ?', filter.client)
      if (filter.types?.length) where(`type IN (${filter.types.map(() => '?').join(', ')})`, ...filter.types)
      if (filter.from !== undefined) where('time >= ?', filter.from)
      if (filter.to !== undefined) where('time < ?', filter.to)
      const order = `ORDER BY sequence ${descending ? 'DESC' : 'ASC'} LIMIT ?`
      const select = (subject: string) => {
        const all = [...(subject ? [subject] : []), ...conditions]
        return `SELECT sequence FROM audit_entries ${all.length > 0 ? `WHERE ${all.join(' AND ')}` : ''}`
      }
      if (filter.subject === undefined) {
        return sql
          .prepare(`${select('')} ${order}`)
          .pluck(true)
          .all(...values, filter.limit) as number[]
      }
      const both = `${select("stream = 'user-' || ?")} UNION ALL ${select(OTHER_STREAMS)} ${order}`
      const parameters = [filter.subject, ...values, filter.subject, ...values, filter.limit]
      return sql
        .prepare(both)
        .pluck(true)
        .all(...parameters) as number[]
    },
  }
}
