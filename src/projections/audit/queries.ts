import type { GiveWay } from '../../kernel/loop-share.ts'
import type { SqlConnection, SqlValue } from '../../kernel/sql.ts'
import { momentQueries } from './moments.ts'

/** A search of the audit trail. All given conditions must hold. */
export interface AuditFilter {
  /** Only events after this sequence number; with descending order, before it. */
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

interface Condition {
  text: string
  values: readonly SqlValue[]
}

/** How many matches are counted at most: above that, any index finds fifty quickly. */
const MANY = 10_000

/** How many events the first step of a search reads, and later ones at most. */
const STEPS = { first: 4_096, most: 32_768 }

/** The part of the log that a search reads; its bounds are given with each call. */
const WITHIN: Condition = { text: 'sequence > ? AND sequence <= ?', values: [] }

/** Finds the events that match a filter; the events themselves are read from the log. */
export function auditQueries(sql: SqlConnection) {
  const moments = momentQueries(sql)
  const ofStream = sql
    .prepare('SELECT sequence FROM audit_entries WHERE stream = ? ORDER BY sequence')
    .pluck(true)
  const entriesOfStream = sql.prepare(
    'SELECT sequence, type, time FROM audit_entries WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  )
  const hasAfter = sql
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM audit_entries
         WHERE stream = ? AND sequence > ? AND type IN (SELECT value FROM json_each(?)))`,
    )
    .pluck(true)

  /** Counts the matches of a condition, up to `MANY`. */
  const count = ({ text, values }: Condition) =>
    sql
      .prepare(`SELECT count(*) FROM (SELECT 1 FROM audit_entries WHERE ${text} LIMIT ${MANY})`)
      .pluck(true)
      .get(...values) as number

  /** Lets only the rarest of several values use its index; SQLite does not know how rare they are. */
  const rarestFirst = (columns: readonly Condition[]): Condition[] => {
    if (columns.length < 2) return [...columns]
    const counts = columns.map(count)
    const rarest = counts.indexOf(Math.min(...counts))
    return columns.map(({ text, values }, index) => ({ text: index === rarest ? text : `+${text}`, values }))
  }

  return {
    /** Tells the time that the log has reached, ISO 8601 UTC; `null` when it is empty. */
    latestTime: moments.latest,
    /** Lists the sequence numbers of all events of a stream. */
    ofStream: (stream: string) => ofStream.all(stream) as number[],
    /** Tells whether a stream has an event of one of these types after a sequence number. */
    hasAfter: (stream: string, types: readonly string[], sequence: number) =>
      hasAfter.get(stream, sequence, JSON.stringify(types)) === 1,
    /** Lists the first events of a stream after a sequence number. */
    entriesOfStream: (stream: string, after: number, limit: number) =>
      entriesOfStream.all(stream, after, limit) as { sequence: number; type: string; time: string }[],
    /** Lists the sequence numbers of matching events in order of the log. */
    find: (filter: AuditFilter): number[] => {
      const { after } = filter
      const search = prepareSearch(filter)
      if (filter.order === 'desc') return search(0, (after ?? Number.MAX_SAFE_INTEGER) - 1, filter.limit)
      return search(after ?? 0, Number.MAX_SAFE_INTEGER, filter.limit)
    },
    /**
     * Does the same in steps, each over a part of the log, so that a filter whose index finds much and matches little
     * blocks nobody.
     *
     * @param end the last sequence number to read.
     */
    async findInSteps(filter: AuditFilter, end: number, giveWay: GiveWay, steps = STEPS): Promise<number[]> {
      const { after, limit } = filter
      const descending = filter.order === 'desc'
      await giveWay()
      const search = prepareSearch(filter)
      const found: number[] = []
      let low = descending ? 0 : (after ?? 0)
      let high = descending ? Math.min(end, (after ?? Number.MAX_SAFE_INTEGER) - 1) : end
      for (
        let width = steps.first;
        low < high && found.length < limit;
        width = Math.min(2 * width, steps.most)
      ) {
        await giveWay()
        const step = descending ? Math.max(low, high - width) : Math.min(high, low + width)
        found.push(...(descending ? search(step, high, limit) : search(low, step, limit)))
        if (descending) high = step
        else low = step
      }
      return found.slice(0, limit)
    },
  }

  /** Prepares a search for what matches a filter after one sequence number and up to another. */
  function prepareSearch(filter: AuditFilter): (low: number, high: number, limit: number) => number[] {
    const { from, to } = filter
    const everywhere = filter.subject === undefined ? rarestFirst(columnsOf(filter)) : columnsOf(filter)
    if (from !== undefined)
      everywhere.push(where('sequence >= ?', moments.firstAt(from)), where('time >= ?', from))
    const alternatives = product(ofSubject(filter.subject), before(to))
    const selects = alternatives.map((own) => selectOf([...own, ...everywhere, WITHIN]))
    const text = `${selects.map((select) => select.text).join(' UNION ALL ')} ORDER BY sequence ${filter.order === 'desc' ? 'DESC' : 'ASC'} LIMIT ?`
    const statement = sql.prepare(text).pluck(true)
    return (low, high, limit) => {
      const values = selects.flatMap((select) => [...select.values, low, high])
      return statement.all(...values, limit) as number[]
    }
  }

  /**
   * Matches events before a time: those appended before the log had reached it, and later ones with an earlier time.
   */
  function before(time: string | undefined): Condition[][] {
    if (time === undefined) return [[]]
    const end = moments.firstAt(time)
    const early = [where('sequence < ?', end)]
    if (!moments.anyLate(end, time)) return [early]
    return [early, [where('high IS NOT NULL AND time < ?', time), where('sequence >= ?', end)]]
  }
}

function where(text: string, ...values: SqlValue[]): Condition {
  return { text, values }
}

/** The conditions on columns that have an index each. */
function columnsOf({ types, actor, client }: AuditFilter): Condition[] {
  const columns: Condition[] = []
  if (types?.length) columns.push(where(`type IN (${types.map(() => '?').join(', ')})`, ...types))
  if (actor !== undefined) columns.push(where('actor = ?', actor))
  if (client !== undefined) columns.push(where('client = ?', client))
  return columns
}

/** Matches the user's own stream, and events about the user in others; written as the partial index has it. */
function ofSubject(subject: string | undefined): Condition[][] {
  if (subject === undefined) return [[]]
  return [
    [where("stream = 'user-' || ?", subject)],
    [where("stream <> 'user-' || subject AND subject = ?", subject)],
  ]
}

function product(left: readonly Condition[][], right: readonly Condition[][]): Condition[][] {
  return left.flatMap((first) => right.map((second) => [...first, ...second]))
}

function selectOf(conditions: readonly Condition[]): Condition {
  const text = conditions.map((condition) => condition.text).join(' AND ')
  return {
    text: `SELECT sequence FROM audit_entries ${text ? `WHERE ${text}` : ''}`,
    values: conditions.flatMap(({ values }) => values),
  }
}
