import type { Actor, RecordedEvent } from '../../events/envelope.ts'
import { auditData } from '../../events/payload.ts'

/** An event as the API, the live stream, the export and the command line show it. */
export interface AuditEvent {
  sequence: number
  position: number
  id: string
  stream: string
  version: number
  type: string
  schema_version: number
  /** ISO 8601 UTC. */
  at: string
  actor: Actor
  subject: string | null
  client: string | null
  correlation: string | null
  causation: string | null
  command: string
  /** Without secrets; `{"erased":true}` once the person is erased. */
  data: Record<string, unknown>
  /** Hex, of the commit that holds the event. */
  hash: string
}

/**
 * Converts an event to the form in which it is shown outside.
 *
 * @param hash the hash of the event's commit.
 */
export function presentEvent(event: RecordedEvent, hash: Uint8Array): AuditEvent {
  return {
    sequence: event.sequence,
    position: event.position,
    id: event.id,
    stream: event.stream,
    version: event.version,
    type: event.type,
    schema_version: event.schema_version,
    at: event.time,
    actor: { kind: event.actor_kind, id: event.actor_id },
    subject: event.subject,
    client: event.client,
    correlation: event.correlation,
    causation: event.causation,
    command: event.command,
    data: auditData(event),
    hash: Buffer.from(hash).toString('hex'),
  }
}
