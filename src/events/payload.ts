import type { KeyObject } from 'node:crypto'
import { currentDefinition, upcast } from './catalogue.ts'
import type { AnyEventDefinition } from './definition.ts'
import type { EventHeader, RecordedEvent, StoredEvent } from './envelope.ts'
import { sealData, unsealData } from './sealing.ts'

/** The member of a stored payload that holds the sealed part. */
const SEALED = 'sealed'

/**
 * Writes an event's valid data as the text the log keeps: a JSON object of the open fields, and beside them
 * one member `sealed` with all others, encrypted.
 */
export function encodePayload(
  definition: AnyEventDefinition,
  data: Record<string, unknown>,
  header: Pick<EventHeader, 'id' | 'stream' | 'type' | 'key_id'>,
  sealing: { log: string; key: KeyObject | null; iv: Uint8Array | null },
): string {
  const open: Record<string, unknown> = {}
  const closed: Record<string, unknown> = {}
  for (const field of Object.keys(data)) {
    ;(field in definition.open.shape ? open : closed)[field] = data[field]
  }
  if (!definition.sealed) return JSON.stringify(open)
  if (!sealing.key || !sealing.iv || !header.key_id) throw new Error(`${header.type} needs a subject key`)
  const context = {
    log: sealing.log,
    event: header.id,
    stream: header.stream,
    type: header.type,
    key: header.key_id,
  }
  open[SEALED] = sealData(sealing.key, sealing.iv, closed, context)
  return JSON.stringify(open)
}

/**
 * Reads a stored event: opens the sealed part and brings old versions up to date.
 *
 * @param key the subject key, or `null` when it is destroyed: the event then comes back as erased.
 * @throws Error when the type is unknown or the sealed part does not open.
 */
export function decodeEvent(event: StoredEvent, log: string, key: KeyObject | null): RecordedEvent {
  const { payload, ...header } = event
  const definition = currentDefinition(event.type)
  if (!definition) throw new UnknownEventType(event.type, event.sequence)
  if (event.key_id !== null && key === null) return { ...header, erased: true, data: null }
  const stored = JSON.parse(payload)
  const { [SEALED]: sealed, ...open } = stored
  const context = { log, event: event.id, stream: event.stream, type: event.type, key: event.key_id ?? '' }
  const closed = typeof sealed === 'string' && key ? unsealData(key, sealed, context) : {}
  const data = upcast(event.type, event.schema_version, { ...open, ...closed })
  // The text is hash-protected and were validated when written; the type is the catalogue's word for them.
  return { ...header, erased: false, data } as RecordedEvent
}

/** An event of a type that this program does not know: a newer program wrote it (I11). */
export class UnknownEventType extends Error {
  constructor(type: string, sequence: number) {
    super(`Event ${sequence} is of type ${type}, which this program does not know; use a newer one`)
    this.name = 'UnknownEventType'
  }
}

/** Gives the data of an event as the audit trail shows it: without secrets, `{"erased":true}` once erased. */
export function auditData(event: RecordedEvent): Record<string, unknown> {
  if (event.erased) return { erased: true }
  const secret = currentDefinition(event.type)?.secret.shape ?? {}
  return Object.fromEntries(Object.entries(event.data).filter(([field]) => !(field in secret)))
}
