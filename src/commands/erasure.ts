import { closedStreams } from '../events/closing.ts'
import type { NewEvent, StoredEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { type SealedValue, sealedValues, searchableTraces } from '../events/traces.ts'
import type { KeyStore } from '../log/key-store.ts'
import type { LocalLog, Scrubber } from '../log/port.ts'
import type { Views } from '../projections/views.ts'

/** Keys to destroy once the commit that says so is on the disk. */
export interface Erasure {
  keyIds: string[]
  /** The id of the command that erases. */
  command: string
  /** The person who is erased, whose traces have to be searched for; a cleared link only loses its key. */
  userids: string[]
  /** The subjects whose events the keys seal. */
  subjects: string[]
}

/** Tells, before an event is projected, which keys end with it; `null` for almost all events. */
export function erasureOf(views: Views, event: NewEvent, command: string): Erasure | null {
  const streams = closedStreams(event)
  if (streams.length === 0) return null
  const keyIds = streams.map((stream) => views.streams.get(stream)?.key_id).filter((id) => id != null)
  const subjects = streams.map((stream) => stream.slice(stream.indexOf('-') + 1))
  return { keyIds, command, userids: event.type === 'UserErased' ? [event.data.userid] : [], subjects }
}

/** Carries out an erasure after its commit: collects what to search for, destroys the keys, scrubs the files. */
export async function finishErasure(
  erasure: Erasure,
  deps: { views: Views; log: LocalLog; keys: KeyStore; scrubber: Scrubber },
): Promise<void> {
  if (erasure.userids.length > 0) deps.scrubber.scrub(await personalTraces(erasure, deps))
  await deps.keys.destroy(erasure.keyIds)
}

/**
 * Settles, at start, what a crash interrupted: keys that were doomed are destroyed when the log holds the
 * erasure, and spared when it does not.
 */
export async function resumeErasures(deps: {
  views: Views
  log: LocalLog
  keys: KeyStore
  scrubber: Scrubber
}): Promise<void> {
  const doomed = await deps.keys.doomed()
  const recorded = doomed.filter(({ command }) => deps.log.outcomeOf(command) !== null)
  await deps.keys.spare(doomed.filter((key) => !recorded.includes(key)).map(({ id }) => id))
  const keyIds = recorded.map(({ id }) => id)
  if (keyIds.length === 0) return
  const traces = await tracesUnder(new Set(keyIds), deps.log.eventsWithKeys(keyIds), deps)
  deps.scrubber.scrub(traces)
  await deps.keys.destroy(keyIds)
}

async function personalTraces(
  erasure: Erasure,
  deps: { views: Views; log: LocalLog; keys: KeyStore },
): Promise<Uint8Array[]> {
  const sequences = erasure.subjects.flatMap((subject) => deps.views.audit.find({ subject, limit: -1 }))
  return tracesUnder(new Set(erasure.keyIds), deps.log.eventsAt(sequences), deps)
}

async function tracesUnder(
  keyIds: ReadonlySet<string>,
  events: readonly StoredEvent[],
  deps: { views: Views; log: LocalLog; keys: KeyStore },
): Promise<Uint8Array[]> {
  const keys = await deps.keys.load([...keyIds])
  const values: SealedValue[] = []
  for (const stored of events) {
    if (stored.key_id === null || !keyIds.has(stored.key_id)) continue
    const event = decodeEvent(stored, deps.log.id, keys.get(stored.key_id) ?? null)
    values.push(...sealedValues(event))
  }
  // What somebody else is called too will be found whatever is done, and says nothing about this person.
  return searchableTraces(values, (text) => deps.views.users.isCalled(text))
}
