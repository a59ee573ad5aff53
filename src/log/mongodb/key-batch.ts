import { newId } from '../../kernel/ids.ts'

/**
 * A document of keys that were made together: one write per key would cost the server as much as the registration that
 * needs it. The place of a destroyed key holds no bytes.
 */
export interface KeyBatch {
  _id: string
  /** By their places in the batch, each encrypted under the master key. */
  keys: Record<string, Uint8Array>
}

/** Where a key is: its batch, and its place in the batch. */
export interface KeyPlace {
  batch: string
  place: string
}

const SEPARATOR = '.'

/** Makes ids for the keys of one batch, which say where the keys are. */
export function batchKeyIds(count: number): string[] {
  const batch = newId()
  return Array.from({ length: count }, (_, place) => `${batch}${SEPARATOR}${place}`)
}

/** Finds where a key is. A key from another back end is a batch of its own. */
export function placeOf(id: string): KeyPlace {
  const [batch = id, place = '0'] = id.split(SEPARATOR, 2)
  return { batch, place }
}

/** Groups keys by their batches: the places in each, by its `_id`. */
export function byBatch(ids: readonly string[]): Map<string, string[]> {
  const batches = new Map<string, string[]>()
  for (const id of ids) {
    const { batch, place } = placeOf(id)
    batches.set(batch, [...(batches.get(batch) ?? []), place])
  }
  return batches
}
