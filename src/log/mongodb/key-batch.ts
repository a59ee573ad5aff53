import { newId } from '../../kernel/ids.ts'

/**
 * Keys that were made together, in one document: a write for each of them would cost the server as much as the
 * registration that it is for. A destroyed key's place holds no bytes.
 */
export interface KeySheaf {
  _id: string
  /** By their places in the sheaf, each encrypted under the master key. */
  keys: Record<string, Uint8Array>
}

/** Where a key lies. */
export interface KeyPlace {
  sheaf: string
  place: string
}

const SEPARATOR = '.'

/** Makes ids for keys of one sheaf, which say where they lie. */
export function sheafIds(count: number): string[] {
  const sheaf = newId()
  return Array.from({ length: count }, (_, place) => `${sheaf}${SEPARATOR}${place}`)
}

/** Finds where a key lies. One that was made on another back end is a sheaf of its own. */
export function placeOf(id: string): KeyPlace {
  const [sheaf = id, place = '0'] = id.split(SEPARATOR, 2)
  return { sheaf, place }
}

/** Groups keys by their sheaves: the places in each, by its `_id`. */
export function bySheaf(ids: readonly string[]): Map<string, string[]> {
  const sheaves = new Map<string, string[]>()
  for (const id of ids) {
    const { sheaf, place } = placeOf(id)
    sheaves.set(sheaf, [...(sheaves.get(sheaf) ?? []), place])
  }
  return sheaves
}
