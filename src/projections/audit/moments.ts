import type { SqlConnection } from '../../kernel/sql.ts'

/** Translates times into sequence numbers. */
export interface Moments {
  /** The latest time of any event so far, ISO 8601 UTC; `null` when there is none. */
  latest(): string | null
  /** The first sequence number at which the log had reached `time`, ISO 8601 UTC; one after the last if it has not. */
  firstAt(time: string): number
  /** Whether any event from `sequence` on still has an earlier time than `time`. */
  anyLate(sequence: number, time: string): boolean
}

/** Finds moments by binary search: sequence numbers have no gaps, and the time that the log had reached never falls. */
export function momentQueries(sql: SqlConnection): Moments {
  const last = sql.prepare('SELECT coalesce(max(sequence), 0) FROM audit_entries').pluck(true)
  const reachedAt = sql
    .prepare('SELECT coalesce(high, time) FROM audit_entries WHERE sequence = ?')
    .pluck(true)
  const late = sql
    .prepare(
      'SELECT EXISTS (SELECT 1 FROM audit_entries WHERE high IS NOT NULL AND time < ? AND sequence >= ?)',
    )
    .pluck(true)
  return {
    latest: () => (reachedAt.get(last.get() as number) as string | undefined) ?? null,
    firstAt: (time) => {
      let low = 1
      let end = (last.get() as number) + 1
      while (low < end) {
        const middle = Math.floor((low + end) / 2)
        if ((reachedAt.get(middle) as string) < time) low = middle + 1
        else end = middle
      }
      return low
    },
    anyLate: (sequence, time) => late.get(time, sequence) === 1,
  }
}
