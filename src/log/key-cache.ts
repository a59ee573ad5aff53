import type { KeyObject } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import type { KeyStore } from './key-store.ts'

/** How long a key is remembered, in milliseconds: another node may destroy it at any time. */
const REMEMBERED = 10_000
const MOST = 20_000

/** Remembers for a moment which keys a store that is far away has given out. */
export function rememberingKeys(store: KeyStore, clock: Clock): KeyStore {
  let known = new Map<string, KeyObject>()
  let since = clock()
  return {
    async load(ids) {
      if (clock() - since > REMEMBERED || known.size > MOST) {
        known = new Map()
        since = clock()
      }
      const missing = ids.filter((id) => !known.has(id))
      for (const [id, key] of await store.load(missing)) known.set(id, key)
      return new Map(ids.flatMap((id) => entryOf(known, id)))
    },
    async destroy(ids) {
      for (const id of ids) known.delete(id)
      await store.destroy(ids)
    },
    add: (keys) => store.add(keys),
    doom: (ids, command) => store.doom(ids, command),
    doomed: () => store.doomed(),
    spare: (keys) => store.spare(keys),
    secret: (name) => store.secret(name),
    ensureSecret: (name, value) => store.ensureSecret(name, value),
    removeSecret: (name) => store.removeSecret(name),
  }
}

function entryOf(known: ReadonlyMap<string, KeyObject>, id: string): [string, KeyObject][] {
  const key = known.get(id)
  return key ? [[id, key]] : []
}
