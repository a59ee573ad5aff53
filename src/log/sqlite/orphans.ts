import type { SqlConnection } from '../../kernel/sql.ts'
import type { ChainFault } from '../verify.ts'

/**
 * Finds the first event or command that hangs on no commit. Walking the commits never meets one: it would
 * stand in the tables unhashed, and still be read by whoever goes by the numbers of events.
 */
export function orphanFault(sql: SqlConnection): ChainFault | null {
  const first = sql.prepare(
    `SELECT position, kind FROM (
       SELECT position, 'event' AS kind FROM events WHERE position NOT IN (SELECT position FROM commits)
       UNION ALL
       SELECT position, 'command' FROM commands WHERE position NOT IN (SELECT position FROM commits)
     ) ORDER BY position LIMIT 1`,
  )
  const row = first.get() as { position: number; kind: string } | undefined
  return row
    ? {
        position: row.position,
        reason: `${row.kind === 'event' ? 'an event' : 'a command'} stands there that belongs to no commit`,
      }
    : null
}
