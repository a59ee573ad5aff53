import type { SqlConnection, SqlValue } from '../../kernel/sql.ts'

/** What the audit trail can be asked for. All given conditions must hold. */
export interface AuditFilter {
  /** Only events behind this sequence number; with descending order, before it. */
  after?: number
  types?: readonly string[]
  subject?: string
  actor?: string
  client?: string
  /** ISO 8601 UTC, inclusive. */
  from?: string
  /** ISO 8601 UTC, exclusive. */
  to?: string
  order?: 'asc' | 'desc'
  limit: number
}

/** Answers which events match a filter; the events themselves are read from the log. */
export function auditQueries(sql: SqlConnection) {
  return {
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
      if (filter.subject !== undefined) where('subject = ?', filter.subject)
      if (filter.actor !== undefined) where('actor = ?', filter.actor)
      if (filter.client !== undefined) where('client = ?', filter.client)
      if (filter.types?.length) where(`type IN (${filter.types.map(() => '?').join(', ')})`, ...filter.types)
      if (filter.from !== undefined) where('time >= ?', filter.from)
      if (filter.to !== undefined) where('time < ?', filter.to)
      const clause = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
      return sql
        .prepare(`SELECT sequence FROM audit_entries ${clause} ORDER BY sequence ${descending ? 'DESC' : 'ASC'} LIMIT ?`)
        .pluck(true)
        .all(...values, filter.limit) as number[]
    },
  }
}
