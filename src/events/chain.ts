import { hash as digest } from 'node:crypto'
import type { Commit, Head } from './commit.ts'
import type { StoredEvent } from './envelope.ts'

// Every hash begins with its own tag, so that no input of one kind equals one of another.
const PAYLOAD_TAG = 'countersign/payload/1'
const EVENT_TAG = 'countersign/event/1'
const COMMIT_TAG = 'countersign/commit/1'
const GENESIS_TAG = 'countersign/genesis/1'

type Field = string | number | Uint8Array | null

/**
 * Joins fields so that different lists never give the same text: each is a letter for its kind, the length of
 * its content in UTF-8 bytes, a colon and the content. Numbers are decimal, bytes are hex, an absent value
 * differs from an empty one.
 */
export function lengthPrefixed(fields: readonly Field[]): string {
  let joined = ''
  for (const field of fields) {
    if (typeof field === 'string') joined += `s${Buffer.byteLength(field)}:${field}`
    else if (typeof field === 'number') joined += `n${String(field).length}:${field}`
    else if (field === null) joined += 'x0:'
    else
      joined += `b${field.length * 2}:${Buffer.from(field.buffer, field.byteOffset, field.length).toString('hex')}`
  }
  return joined
}

function sha256(...fields: Field[]): Buffer {
  return digest('sha256', lengthPrefixed(fields), 'buffer')
}

/** Hashes an event: header fields in their fixed order, then the digest of the payload bytes as stored. */
export function eventHash(event: StoredEvent): Uint8Array {
  return sha256(
    EVENT_TAG,
    event.sequence,
    event.id,
    event.stream,
    event.version,
    event.type,
    event.schema_version,
    event.time,
    event.actor_kind,
    event.actor_id,
    event.subject,
    event.client,
    event.request,
    event.session,
    event.flow,
    event.correlation,
    event.causation,
    event.command,
    event.key_id,
    sha256(PAYLOAD_TAG, event.payload),
  )
}

/** Hashes a commit: the log it belongs to, its place, its predecessor, its commands and its events. */
export function commitHash(log: string, commit: Omit<Commit, 'hash'>): Uint8Array {
  const fields: Field[] = [
    COMMIT_TAG,
    log,
    commit.epoch,
    commit.position,
    commit.previous,
    commit.id,
    commit.time,
    commit.commands.length,
  ]
  for (const command of commit.commands) fields.push(command.id, command.type, command.outcome)
  for (const event of commit.events) fields.push(eventHash(event))
  return sha256(...fields)
}

/** Makes the value that the first commit carries as the hash of the one before: it binds the log's id. */
export function genesisHash(log: string): Uint8Array {
  return sha256(GENESIS_TAG, log)
}

/** The head of a log that holds nothing yet. */
export function emptyHead(log: string): Head {
  return { log, epoch: 1, position: 0, sequence: 0, hash: genesisHash(log) }
}

/**
 * Checks that `commit` is exactly the next one after `head`: dense, linked, and hashing to what it says.
 *
 * @returns the new head, or the reason why it cannot follow.
 */
export function follow(head: Head, commit: Commit): Head | { fault: string } {
  if (commit.position !== head.position + 1) return { fault: `commit ${head.position + 1} is missing` }
  if (commit.epoch < head.epoch) return { fault: `epoch ${commit.epoch} after ${head.epoch}` }
  if (!Buffer.from(head.hash).equals(commit.previous))
    return { fault: 'does not carry the hash of the commit before' }
  let sequence = head.sequence
  for (const event of commit.events) {
    sequence += 1
    if (event.sequence !== sequence) return { fault: `expected event ${sequence}, found ${event.sequence}` }
    if (event.position !== commit.position) return { fault: `event ${sequence} belongs to another commit` }
  }
  if (!Buffer.from(commitHash(head.log, commit)).equals(commit.hash))
    return { fault: 'hash does not match the content' }
  return { log: head.log, epoch: commit.epoch, position: commit.position, sequence, hash: commit.hash }
}
