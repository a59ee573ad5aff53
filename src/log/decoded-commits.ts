import type { KeyObject } from 'node:crypto'
import type { Commit, Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { StartRefused } from '../kernel/fault.ts'
import type { KeyStore } from './key-store.ts'

/** A commit with readable events, and the head of the log behind it. */
export interface DecodedCommit {
  head: Head
  events: RecordedEvent[]
}

const PAGE = 64
const CACHED_KEYS = 100_000

/**
 * Reads commits from behind `from` up to position `to`, a page at a time, opening what can be opened.
 *
 * @throws StartRefused when one is missing, or does not carry the hash of the one before.
 */
export async function* decodedCommits(
  log: { readonly id: string; commitsAfter(position: number, limit: number): Commit[] },
  keys: Pick<KeyStore, 'load'>,
  from: number,
  to: number,
): AsyncGenerator<DecodedCommit[], void> {
  const cache = new Map<string, KeyObject>()
  let position = from
  let sequence = 0
  let hash: Uint8Array | null = null
  while (position < to) {
    const page = log.commitsAfter(position, Math.min(PAGE, to - position))
    if (page.length === 0) return
    for (const commit of page) {
      requireNext(commit, position, hash)
      position = commit.position
      hash = commit.hash
    }
    await loadMissing(page, keys, cache)
    yield page.map((commit) => {
      sequence = commit.events.at(-1)?.sequence ?? sequence
      const head = {
        log: log.id,
        epoch: commit.epoch,
        position: commit.position,
        sequence,
        hash: commit.hash,
      }
      const events = commit.events.map((event) =>
        decodeEvent(event, log.id, event.key_id === null ? null : (cache.get(event.key_id) ?? null)),
      )
      return { head, events }
    })
  }
}

function requireNext(commit: Commit, position: number, hash: Uint8Array | null): void {
  const reason =
    commit.position !== position + 1
      ? `commit ${position + 1} is missing`
      : hash && !Buffer.from(hash).equals(commit.previous)
        ? 'it does not carry the hash of the commit before'
        : null
  if (reason) throw new StartRefused(`The log is damaged at position ${position + 1}: ${reason}`)
}

async function loadMissing(
  page: readonly Commit[],
  keys: Pick<KeyStore, 'load'>,
  cache: Map<string, KeyObject>,
): Promise<void> {
  if (cache.size > CACHED_KEYS) cache.clear()
  const missing = new Set<string>()
  for (const commit of page) {
    for (const { key_id } of commit.events) if (key_id !== null && !cache.has(key_id)) missing.add(key_id)
  }
  for (const [id, key] of await keys.load([...missing])) cache.set(id, key)
}
