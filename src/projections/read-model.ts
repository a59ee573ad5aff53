import type { EventType } from '../events/catalogue.ts'
import type { EventHeader, RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'

/** An event of type `T` whose data can be read. */
export type EventOf<T extends EventType> = Extract<RecordedEvent, { type: T; erased: false }>

/**
 * How one read model takes in events. A handler reads nothing but the event and the read model's own tables,
 * and is total: it accepts whatever the log can hold, including events about somebody who is gone.
 */
export type Handlers = {
  [T in EventType]?: (event: EventOf<T>) => void
} & {
  /** Called for every event, also one whose data is erased, before the handler of its type. */
  everyEvent?: (header: EventHeader) => void
}

/** A set of tables that one projection writes and nobody else. */
export interface ReadModel {
  name: string
  /** The tables with the columns that order them, which makes comparing two of them possible. */
  tables: Readonly<Record<string, readonly string[]>>
  /** The indexes that the handlers search by; all others can wait until a fold is done. */
  indexes?: readonly string[]
  handlers(sql: SqlConnection): Handlers
}
