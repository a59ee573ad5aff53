import type { Head } from '../events/commit.ts'
import type { EventHeader, RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { READ_MODELS } from './catalogue.ts'
import { keepDigests } from './digests/keep-digests.ts'

/** Applies events to all read models, and records the position that they have reached. */
export interface Projector {
  apply(event: RecordedEvent): void
  /** Records that the tables are now exactly at `head`. */
  advance(head: Head): void
}

/**
 * Makes the projector of a connection, which also keeps the digests of the tables. The caller holds the transaction.
 */
export function createProjector(sql: SqlConnection): Projector {
  const addToDigests = keepDigests(sql)
  const { apply, advance } = createUndigestedProjector(sql)
  return {
    apply,
    advance(head) {
      addToDigests()
      advance(head)
    },
  }
}

/**
 * Makes a projector, by default of all read models, that keeps no digests: nobody reads them, or they are computed at
 * the end.
 */
export function createUndigestedProjector(sql: SqlConnection, models = READ_MODELS): Projector {
  const everyEvent: ((header: EventHeader) => void)[] = []
  const byType = new Map<string, ((event: RecordedEvent) => void)[]>()
  for (const model of models) {
    const { everyEvent: general, ...typed } = model.handlers(sql)
    if (general) everyEvent.push(general)
    for (const [type, handler] of Object.entries(typed)) {
      const handlers = byType.get(type) ?? []
      // The key is the type that the handler was declared for, so it only gets events of that type.
      handlers.push(handler as (event: RecordedEvent) => void)
      byType.set(type, handlers)
    }
  }
  const setHead = sql.prepare(
    `INSERT INTO read_model_head (only, position, sequence, epoch, hash) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (only) DO UPDATE SET position = excluded.position, sequence = excluded.sequence,
       epoch = excluded.epoch, hash = excluded.hash`,
  )
  return {
    apply(event) {
      for (const handle of everyEvent) handle(event)
      if (event.erased) return
      for (const handle of byType.get(event.type) ?? []) handle(event)
    },
    advance(head) {
      setHead.run(head.position, head.sequence, head.epoch, head.hash)
    },
  }
}
