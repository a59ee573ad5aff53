import type { KeyObject } from 'node:crypto'
import { currentDefinition, upcast } from './catalogue.ts'
import type { AnyEventDefinition } from './definition.ts'
import type { EventHeader, RecordedEvent, StoredEvent } from './envelope.ts'
import { sealData, unsealData } from './sealing.ts'

/** The member of a stored payload that holds the sealed part. */
const SEALED = 'sealed'

/**
 * Encodes an event's valid data as the text that the log stores: a JSON object of the open fields, with one more member
 * `sealed` that holds all others encrypted.
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
 * Opens the sealed part of a stored payload; answers the JSON text of all fields, which crosses threads cheaply.
 *
 * @param key the subject key, or `null` when it is destroyed: there is nothing to read then.
 * @throws Error when the type is unknown or the sealed part does not open.
 */
export function openPayload(
  event: Pick<StoredEvent, 'sequence' | 'id' | 'stream' | 'type' | 'key_id' | 'payload'>,
  log: string,
  key: KeyObject | null,
): string | null {
  if (!currentDefinition(event.type)) throw new UnknownEventType(event.type, event.sequence)
  if (event.key_id !== null && key === null) return null
  const { [SEALED]: sealed, ...open } = JSON.parse(event.payload)
  if (typeof sealed !== 'string' || !key) return JSON.stringify(open)
  const context = { log, event: event.id, stream: event.stream, type: event.type, key: event.key_id ?? '' }
  return joinObjects(JSON.stringify(open), unsealData(key, sealed, context))
}

/** Joins the JSON texts of two objects to that of one. */
function joinObjects(left: string, right: string): string {
  if (left === '{}') return right
  return right === '{}' ? left : `${left.slice(0, -1)},${right.slice(1)}`
}

/** Reads an event from the fields of its opened payload, and converts old versions to the current one. */
export function readEvent(header: EventHeader, fields: Record<string, unknown> | null): RecordedEvent {
  if (!fields) return { ...header, erased: true, data: null }
  const data = upcast(header.type, header.schema_version, fields)
  // The text is protected by its hash and was validated when written, so it has the type of the catalogue.
  return { ...header, erased: false, data } as RecordedEvent
}

/**
 * Reads a stored event. Without its key it comes back as erased.
 *
 * @throws Error when the type is unknown or the sealed part does not open.
 */
export function decodeEvent(event: StoredEvent, log: string, key: KeyObject | null): RecordedEvent {
  const { payload: _, ...header } = event
  const opened = openPayload(event, log, key)
  return readEvent(header, opened === null ? null : JSON.parse(opened))
}

/** An event of a type that this program does not know: a newer program wrote it (I11). */
export class UnknownEventType extends Error {
  constructor(type: string, sequence: number) {
    super(`Event ${sequence} is of type ${type}, which this program does not know; use a newer one`)
    this.name = 'UnknownEventType'
  }
}

/**
 * Gives the data of an event as the audit trail shows it: without secrets, `{"erased":true}` once erased, and
 * `{"unreadable":true}` when its key is missing although nothing erased it.
 */
export function auditData(event: RecordedEvent): Record<string, unknown> {
  if (event.erased && event.lost) return { unreadable: true }
  if (event.erased) return { erased: true }
  const secret = currentDefinition(event.type)?.secret.shape ?? {}
  return Object.fromEntries(Object.entries(event.data).filter(([field]) => !(field in secret)))
}
