import type { SqlConnection } from '../../kernel/sql.ts'

/** Translates times into places in the log. */
export interface Moments {
  /** The latest time of any event so far, ISO 8601 UTC; `null` when there is none. */
  latest(): string | null
  /** The first sequence number at which the log had come to `time`, ISO 8601 UTC; one behind the last if it has not. */
  firstAt(time: string): number
  /** Whether any event from `sequence` on has an earlier time than `time` all the same. */
  anyLate(sequence: number, time: string): boolean
}

/** Finds moments by halving: sequence numbers have no gaps, and how far the log had come never falls. */
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
      let behind = (last.get() as number) + 1
      while (low < behind) {
        const middle = Math.floor((low + behind) / 2)
        if ((reachedAt.get(middle) as string) < time) low = middle + 1
        else behind = middle
      }
      return low
    },
    anyLate: (sequence, time) => late.get(time, sequence) === 1,
  }
}
