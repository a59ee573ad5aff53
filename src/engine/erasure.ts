import type { NewEvent, StoredEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { closedStreams, userOfStream, userStream } from '../events/streams.ts'
import { type SealedValue, sealedValues, searchableTraces } from '../events/traces.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import { type Alone, type LocalLog, runAtOnce, type Scrubber, type Transaction } from '../log/port.ts'
import type { Views } from '../projections/views.ts'

/** What an event erases once its commit is on the disk: keys to destroy, and traces to search for. */
export interface Erasure {
  keyIds: string[]
  /** The id of the command that erases. */
  command: string
  /** The erased person; empty when it is a link that is cleared. */
  userids: string[]
  /** The streams that end, each sealed by its own key. */
  streams: string[]
}

/** What an erasure uses. */
export interface ErasureDeps {
  views: Views
  log: LocalLog
  keys: KeyStore
  scrubber: Scrubber
  /** Removes people's documents that the transaction of the batch does not reach. */
  forget?: ((userids: readonly string[]) => Promise<void>) | undefined
}

/** Finds, before an event is projected, what it erases; `null` for almost all events. */
export function erasureOf(views: Views, event: NewEvent, command: string): Erasure | null {
  const streams = closedStreams(event)
  if (streams.length === 0) return null
  const keyIds = streams.map((stream) => views.streams.get(stream)?.key_id).filter((id) => id != null)
  const userids = streams.map(userOfStream).filter((userid) => userid !== null)
  return { keyIds, command, userids, streams }
}

/** Marks keys durably for destruction, so that a crash cannot leave an erasure half done. */
export async function markErasures(erasures: readonly Erasure[], keys: KeyStore): Promise<void> {
  const byCommand = Map.groupBy(erasures, ({ command }) => command)
  for (const [command, ofCommand] of byCommand) {
    await keys.markForDestruction(
      ofCommand.flatMap(({ keyIds }) => keyIds),
      command,
    )
  }
}

/** Removes the marks of `markErasures` after the commit was not appended. */
export async function unmarkErasures(erasures: readonly Erasure[], keys: KeyStore): Promise<void> {
  await keys.unmark(erasures.flatMap(({ keyIds, command }) => keyIds.map((id) => ({ id, command }))))
}

/** Carries out erasures after their commit: collects the traces, scrubs the files, destroys the keys. */
export async function finishErasures(
  erasures: readonly Erasure[],
  deps: ErasureDeps & { alone: Alone },
): Promise<void> {
  await deps.forget?.(erasures.flatMap(({ userids }) => userids))
  const keyIds = erasures.flatMap((erasure) => erasure.keyIds)
  await scrub(await tracesUnder(keyIds, eventsOf(erasures, deps), deps), deps)
  await deps.keys.destroy(keyIds)
}

/**
 * Finishes the erasures that a crash interrupted, while nothing writes: a marked key is destroyed when the log holds
 * its erasure, and unmarked when it does not.
 *
 * @throws StartRefused when the files cannot be cleared now.
 */
export async function resumeErasures(deps: ErasureDeps & { transaction: Transaction }): Promise<void> {
  if ((await deps.keys.marked()).length === 0) return
  const keyIds = await unmarkUnrecorded(deps)
  if (keyIds.length === 0) return
  try {
    const events = deps.log.eventsWithKeys(keyIds)
    await scrub(await tracesUnder(keyIds, events, deps), { ...deps, alone: runAtOnce })
    await deps.forget?.(usersIn(events))
    await deps.keys.destroy(keyIds)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartRefused(`An erasure that was interrupted cannot be finished: ${reason}`, { cause })
  }
}

/** Lists the users whose own streams these events are of. */
function usersIn(events: readonly StoredEvent[]): string[] {
  const users = new Set<string>()
  for (const { stream, subject } of events) if (subject && stream === userStream(subject)) users.add(subject)
  return [...users]
}

/** Unmarks the keys whose erasure was never appended, and lists the other marked keys. */
async function unmarkUnrecorded(deps: ErasureDeps & { transaction: Transaction }): Promise<string[]> {
  const { transaction, keys, log } = deps
  // A writer marks keys inside its transaction: while this one holds the lock, no append is about to follow.
  transaction.begin()
  try {
    const marked = await keys.marked()
    const recorded = marked.filter(({ command }) => log.outcomeOf(command) !== null)
    await keys.unmark(marked.filter((key) => !recorded.includes(key)))
    return recorded.map(({ id }) => id)
  } finally {
    transaction.rollback()
  }
}

function eventsOf(erasures: readonly Erasure[], { views, log }: ErasureDeps): StoredEvent[] {
  const streams = erasures.flatMap((erasure) => erasure.streams)
  return log.eventsAt(streams.flatMap((stream) => views.audit.ofStream(stream)))
}

/** Lists the searchable values that the keys sealed in these events. */
async function tracesUnder(
  keyIds: readonly string[],
  events: readonly StoredEvent[],
  { log, keys }: ErasureDeps,
): Promise<Uint8Array[]> {
  const loaded = await keys.load(keyIds)
  const values: SealedValue[] = []
  for (const stored of events) {
    const key = stored.key_id === null ? undefined : loaded.get(stored.key_id)
    if (key) values.push(...sealedValues(decodeEvent(stored, log.id, key)))
  }
  return searchableTraces(values)
}

function scrub(
  traces: readonly Uint8Array[],
  { views, scrubber, alone }: ErasureDeps & { alone: Alone },
): Promise<void> {
  // A value that somebody else has too will always be found, and says nothing about this person.
  return scrubber.scrub(traces, views.personalData.isHeld, alone)
}
