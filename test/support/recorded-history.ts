import type { RecordedEvent } from '../../src/events/envelope.ts'
import { foldedKey } from '../../src/kernel/name-key.ts'
import { decodedCommits } from '../../src/log/decoded-commits.ts'
import type { KeyStore } from '../../src/log/keys/key-store.ts'
import type { SqliteLog } from '../../src/log/sqlite/commit-log.ts'

/** Reads all events of a log, in order, as far as they can still be opened. */
export async function recordedEvents(log: SqliteLog, keys: Pick<KeyStore, 'load'>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const page of decodedCommits(log, keys, 0, log.head().position)) {
    for (const commit of page) events.push(...commit.events)
  }
  return events
}

/**
 * Follows who held which sign-in name through a history, by no code of the product but the spelling's folding.
 *
 * @returns every event that gave somebody a name which somebody else held at that moment.
 */
export function doubleNames(events: readonly RecordedEvent[]): { sequence: number; holder: string }[] {
  const holders = new Map<string, string>()
  const found: { sequence: number; holder: string }[] = []
  const take = (sequence: number, username: string, userid: string) => {
    const holder = holders.get(foldedKey(username))
    if (holder !== undefined && holder !== userid) found.push({ sequence, holder })
    holders.set(foldedKey(username), userid)
  }
  for (const event of events) {
    if (event.erased) continue
    if (event.type === 'UserRegistered') take(event.sequence, event.data.username, event.data.userid)
    if (event.type === 'UsernameChanged') {
      holders.delete(foldedKey(event.data.username.before))
      take(event.sequence, event.data.username.after, event.data.userid)
    }
    if (event.type === 'UserErased') {
      for (const [name, holder] of holders) if (holder === event.data.userid) holders.delete(name)
    }
  }
  return found
}
