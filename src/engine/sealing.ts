import type { KeyObject } from 'node:crypto'
import { currentDefinition } from '../events/catalogue.ts'
import { commitHash } from '../events/chain.ts'
import type { CommandRecord, Commit, Head } from '../events/commit.ts'
import type { StoredEvent } from '../events/envelope.ts'
import { encodePayload } from '../events/payload.ts'
import type { RandomSource } from '../kernel/random.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { PlacedEvent } from './decide.ts'

const IV_LENGTH = 12

/** Finds the keys that seal a batch of events: fresh ones of new subjects, and stored ones. */
export async function gatherKeys(
  events: readonly PlacedEvent[],
  store: Pick<KeyStore, 'load'>,
): Promise<Map<string, KeyObject>> {
  const keys = new Map<string, KeyObject>()
  const wanted = new Set<string>()
  for (const { freshKey } of events) if (freshKey) keys.set(freshKey.id, freshKey.key)
  for (const { header } of events)
    if (header.key_id !== null && !keys.has(header.key_id)) wanted.add(header.key_id)
  for (const [id, key] of await store.load([...wanted])) keys.set(id, key)
  return keys
}

/** Finds an event of a batch whose key is missing, though its stream has one. */
export function eventWithoutKey(
  events: readonly PlacedEvent[],
  keys: ReadonlyMap<string, KeyObject>,
): PlacedEvent | undefined {
  return events.find(({ header }) => header.key_id !== null && !keys.has(header.key_id))
}

/** Encodes and seals a batch, and links it to the head of the log. */
export function sealCommit(
  head: Head,
  batch: { id: string; time: string; commands: CommandRecord[]; events: readonly PlacedEvent[] },
  keys: ReadonlyMap<string, KeyObject>,
  random: RandomSource,
): Commit {
  const events = batch.events.map(({ header, event }): StoredEvent => {
    const definition = currentDefinition(event.type)
    if (!definition) throw new Error(`Event type ${event.type} is not in the catalogue`)
    const key = header.key_id === null ? null : (keys.get(header.key_id) ?? null)
    const iv = key ? random(IV_LENGTH) : null
    return { ...header, payload: encodePayload(definition, event.data, header, { log: head.log, key, iv }) }
  })
  const commit = {
    position: head.position + 1,
    epoch: epochOf(head, batch.events),
    id: batch.id,
    time: batch.time,
    previous: head.hash,
    commands: batch.commands,
    events,
  }
  return { ...commit, hash: commitHash(head.log, commit) }
}

/** Computes the epoch of the next commit: a restore or an accepted loss begins one above every known epoch. */
function epochOf(head: Head, events: readonly PlacedEvent[]): number {
  let epoch = head.epoch
  for (const { event } of events) {
    if (event.type === 'LogRestored' || event.type === 'LossAccepted')
      epoch = Math.max(epoch, event.data.from_epoch) + 1
  }
  return epoch
}
