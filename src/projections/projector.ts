import type { Head } from '../events/commit.ts'
import type { EventHeader, RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'
import { READ_MODELS } from './catalogue.ts'
import { keepDigests } from './digests/keep-digests.ts'

/** Takes events into all read models, and notes how far they have come. */
export interface Projector {
  apply(event: RecordedEvent): void
  /** Records that the tables now stand exactly at `head`. */
  advance(head: Head): void
}

/** Makes the projector of a connection, which also keeps the digests of the tables. The caller holds the transaction. */
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
 * Makes a projector of all read models unless told, for tables whose digests nobody reads, or that are summed up at
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
      // The key is the type the handler was declared under, so it only ever meets events of its own type.
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
