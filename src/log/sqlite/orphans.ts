import type { SqlConnection } from '../../kernel/sql.ts'
import type { ChainFault } from '../verify.ts'

/** Finds what a walk along the commits does not meet, as rows of a position and the fault there. */
const UNHASHED = `
  SELECT 0 AS position, 'the log does not have exactly one id' AS reason
  FROM (SELECT count(*) AS ids FROM log) WHERE ids <> 1
  UNION ALL
  SELECT position, 'an event there belongs to no commit' FROM events
  WHERE position NOT IN (SELECT position FROM commits)
  UNION ALL
  SELECT position, 'a command there belongs to no commit' FROM commands
  WHERE position NOT IN (SELECT position FROM commits)
  UNION ALL
  SELECT position, 'the commands are not numbered 0, 1, 2 …' FROM commands GROUP BY position
  HAVING min(ordinal) <> 0 OR max(ordinal) <> count(*) - 1
`

/**
 * Finds the first row that belongs to no commit, or a number that no hash covers. A walk along the commits never meets
 * such rows: no hash covers them, and yet a reader that goes by the numbers would read them.
 */
export function orphanFault(sql: SqlConnection): ChainFault | null {
  const first = sql.prepare(`SELECT position, reason FROM (${UNHASHED}) ORDER BY position LIMIT 1`).get()
  return (first as ChainFault | undefined) ?? null
}
