import type { Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { writeDigests } from './digests/table-digest.ts'
import { createUndigestedProjector, type Projector } from './projector.ts'

/** Commits in order, a page at a time. */
export type CommitPages = AsyncIterable<CommitPage>
export type CommitPage = readonly { head: Head; events: readonly RecordedEvent[] }[]

/**
 * Folds commits into the read model tables of a connection. One transaction, so that a database page that changes often
 * is written to the disk once; the digests are computed at the end. Returns the number of events.
 */
export async function fold(sql: SqlConnection, pages: CommitPages): Promise<number> {
  const projector = createUndigestedProjector(sql)
  let count = 0
  sql.exec('BEGIN')
  for await (const page of pages) count += foldPage(projector, page)
  writeDigests(sql)
  sql.exec('COMMIT')
  return count
}

/** Folds one page inside the transaction that the caller holds. */
export function foldPage(projector: Projector, page: CommitPage): number {
  let count = 0
  for (const { events } of page) {
    for (const event of events) projector.apply(event)
    count += events.length
  }
  const last = page.at(-1)
  if (last) projector.advance(last.head)
  return count
}
