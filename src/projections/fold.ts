import type { Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { createProjector } from './projector.ts'

/** Commits in order, a page at a time. */
export type CommitPages = AsyncIterable<readonly { head: Head; events: readonly RecordedEvent[] }[]>

/** Folds commits into the read model tables of a connection; answers how many events that were. */
export async function fold(sql: SqlConnection, pages: CommitPages): Promise<number> {
  const projector = createProjector(sql)
  let count = 0
  for await (const page of pages) {
    sql.exec('BEGIN')
    for (const { events } of page) {
      for (const event of events) projector.apply(event)
      count += events.length
    }
    const last = page.at(-1)
    if (last) projector.advance(last.head)
    sql.exec('COMMIT')
  }
  return count
}
