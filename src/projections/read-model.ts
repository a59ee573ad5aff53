import type { EventType } from '../events/catalogue.ts'
import type { EventHeader, RecordedEvent } from '../events/envelope.ts'
import type { SqlConnection } from '../kernel/sql.ts'

/** An event of type `T` whose data can be read. */
export type EventOf<T extends EventType> = Extract<RecordedEvent, { type: T; erased: false }>

/**
 * How one read model applies events. A handler reads nothing but the event and the read model's own tables, and is
 * total: it accepts everything that the log can hold, including events about an erased person.
 */
export type Handlers = {
  [T in EventType]?: (event: EventOf<T>) => void
} & {
  /** Called for every event, also one whose data is erased, before the handler of its type. */
  everyEvent?: (header: EventHeader) => void
}

/** A set of tables that only one projection writes. */
export interface ReadModel {
  name: string
  /** The tables with the columns that order them, so that two of them can be compared. */
  tables: Readonly<Record<string, readonly string[]>>
  /** The indexes that the handlers search by; all others can wait until a fold is done. */
  indexes?: readonly string[]
  handlers(sql: SqlConnection): Handlers
}
