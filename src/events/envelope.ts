import type { EventData, EventType } from './catalogue.ts'

/** Who caused an event, as the server authenticated the caller; never what a client claims. */
export interface Actor {
  kind: 'user' | 'client' | 'system' | 'cli' | 'anonymous'
  /** The user id or client id; a word for the others. */
  id: string
}

/** The origin of an event: the request, session and flow it belongs to. Each is `null` when unknown. */
export interface Origin {
  client: string | null
  request: string | null
  session: string | null
  flow: string | null
  correlation: string | null
  causation: string | null
}

/** An event as `decide` makes it, before the log gives it its place. */
export type NewEvent = {
  [T in EventType]: { type: T; stream: string; subject: string | null; data: EventData<T> }
}[EventType]

/** Everything about an event that is not its data. Times are ISO 8601 UTC. */
export interface EventHeader extends Origin {
  sequence: number
  position: number
  id: string
  stream: string
  /** Counts the events of the stream: 1, 2, 3 … */
  version: number
  type: string
  schema_version: number
  time: string
  actor_kind: Actor['kind']
  actor_id: string
  /** The user, client, key or link that the event is about. */
  subject: string | null
  /** The id of the command that made it. */
  command: string
  /** The subject key that seals part of the payload, `null` when nothing is sealed. */
  key_id: string | null
}

/** An event as the log stores it: the payload is exactly the JSON text that is hashed. */
export interface StoredEvent extends EventHeader {
  payload: string
}

/**
 * An event with readable data; `erased` when its key is destroyed and only the header is left. `lost` says that the key
 * is missing although no event ended the stream: that is damage, not an erasure.
 */
export type RecordedEvent =
  | { [T in EventType]: EventHeader & { type: T; erased: false; data: EventData<T> } }[EventType]
  | (EventHeader & { erased: true; lost?: boolean; data: null })
