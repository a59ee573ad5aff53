import type { Commit, Head } from '../events/commit.ts'
import type { RecordedEvent } from '../events/envelope.ts'
import { decodeEvent } from '../events/payload.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import { KeyRing } from './keys/key-ring.ts'
import type { KeyStore } from './keys/key-store.ts'

/** A commit with readable events, and the head of the log after it. */
export interface DecodedCommit {
  head: Head
  events: RecordedEvent[]
}

/** How many commits are read at once. */
const PAGE = 64

/**
 * Reads the commits after `from` up to position `to`, a page at a time, and decrypts what has a key.
 *
 * @throws StartRefused when a commit is missing, or does not carry the hash of the one before.
 */
export async function* decodedCommits(
  log: { readonly id: string; commitsAfter(position: number, limit: number): Commit[] },
  keys: Pick<KeyStore, 'load'>,
  from: number,
  to: number,
): AsyncGenerator<DecodedCommit[], void> {
  const ring = new KeyRing(keys)
  let reached: Reached = { position: from, hash: null }
  let sequence = 0
  while (reached.position < to) {
    const page = log.commitsAfter(reached.position, Math.min(PAGE, to - reached.position))
    if (page.length === 0) return
    for (const commit of page) reached = requireNext(reached, commit)
    await ring.gather(page.flatMap(({ events }) => events.map(({ key_id }) => key_id)))
    yield page.map(({ position, epoch, hash, events: stored }) => {
      sequence = stored.at(-1)?.sequence ?? sequence
      const events = stored.map((event) => decodeEvent(event, log.id, ring.get(event.key_id)))
      return { head: { log: log.id, epoch, position, sequence, hash }, events }
    })
  }
}

/** The last commit that was read; without a hash before the first. */
export interface Reached {
  position: number
  hash: Uint8Array | null
}

/** Checks that a commit is linked to the one read before it. @throws StartRefused with the position. */
export function requireNext(
  { position, hash }: Reached,
  commit: Pick<Commit, 'position' | 'previous' | 'hash'>,
): Reached {
  const reason =
    commit.position !== position + 1
      ? `commit ${position + 1} is missing`
      : hash && !Buffer.from(hash).equals(commit.previous)
        ? 'it does not carry the hash of the commit before'
        : null
  if (reason) throw new StartRefused(`The log is damaged at position ${position + 1}: ${reason}`)
  return { position: commit.position, hash: commit.hash }
}
