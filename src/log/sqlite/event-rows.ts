import type { EventHeader, StoredEvent } from '../../events/envelope.ts'

/** An event as far as opening its payload needs it. */
export type SealedEvent = Pick<StoredEvent, 'sequence' | 'id' | 'stream' | 'type' | 'key_id' | 'payload'>

/**
 * Reads a header from the array of its columns. This is the one list of them, and names each by hand because a loop over
 * names takes twice the time, and a rebuild reads every header of the log.
 */
export function headerFromRow(row: unknown[]): EventHeader {
  return {
    sequence: row[0] as EventHeader['sequence'],
    position: row[1] as EventHeader['position'],
    id: row[2] as EventHeader['id'],
    stream: row[3] as EventHeader['stream'],
    version: row[4] as EventHeader['version'],
    type: row[5] as EventHeader['type'],
    schema_version: row[6] as EventHeader['schema_version'],
    time: row[7] as EventHeader['time'],
    actor_kind: row[8] as EventHeader['actor_kind'],
    actor_id: row[9] as EventHeader['actor_id'],
    subject: row[10] as EventHeader['subject'],
    client: row[11] as EventHeader['client'],
    request: row[12] as EventHeader['request'],
    session: row[13] as EventHeader['session'],
    flow: row[14] as EventHeader['flow'],
    correlation: row[15] as EventHeader['correlation'],
    causation: row[16] as EventHeader['causation'],
    command: row[17] as EventHeader['command'],
    key_id: row[18] as EventHeader['key_id'],
  }
}

/** Reads from the array of its columns what opens a payload. */
export function sealedFromRow(row: unknown[]): SealedEvent {
  return {
    sequence: row[0] as SealedEvent['sequence'],
    id: row[1] as SealedEvent['id'],
    stream: row[2] as SealedEvent['stream'],
    type: row[3] as SealedEvent['type'],
    key_id: row[4] as SealedEvent['key_id'],
    payload: row[5] as SealedEvent['payload'],
  }
}

/** The columns in the order of the arrays above. */
export const HEADER_COLUMNS = Object.keys(headerFromRow([])) as (keyof EventHeader)[]
export const SEALED_COLUMNS = Object.keys(sealedFromRow([])) as (keyof SealedEvent)[]
export const EVENT_COLUMNS: readonly (keyof StoredEvent)[] = [...HEADER_COLUMNS, 'payload']
