import type { SqlConnection } from '../kernel/sql.ts'
import type { CommitPage, CommitPages } from '../projections/fold.ts'

/** Collects, during a fold, the streams with events that no key opens, and distinguishes lost from erased ones. */
export class Unreadable {
  /** The last unreadable event of each stream. */
  readonly #streams = new Map<string, number>()

  /** Passes pages on and notes what is unreadable in them. */
  async *noting(pages: CommitPages): AsyncGenerator<CommitPage> {
    for await (const page of pages) {
      for (const { events } of page)
        for (const { erased, stream, sequence } of events) if (erased) this.#streams.set(stream, sequence)
      yield page
    }
  }

  /** Lists the unreadable streams that no event in these tables ended. */
  lost(sql: SqlConnection): string[] {
    const ended = sql.prepare('SELECT sequence FROM closed_streams WHERE stream = ?').pluck(true)
    return [...this.#streams]
      .filter(([stream, sequence]) => ((ended.get(stream) as number | undefined) ?? 0) < sequence)
      .map(([stream]) => stream)
      .sort()
  }
}
