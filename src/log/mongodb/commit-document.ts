import type { CommandRecord, Commit } from '../../events/commit.ts'
import type { StoredEvent } from '../../events/envelope.ts'

/** The members of an event that may be absent. */
const OPTIONAL = [
  'subject',
  'client',
  'request',
  'session',
  'flow',
  'correlation',
  'causation',
  'key_id',
] as const
const ABSENT = {
  subject: null,
  client: null,
  request: null,
  session: null,
  flow: null,
  correlation: null,
  causation: null,
  key_id: null,
}

type Optional = (typeof OPTIONAL)[number]

/** An event inside a commit's document: what is absent is left out, and the position stands outside. */
type EventDocument = Omit<StoredEvent, 'position' | Optional> & { [K in Optional]?: string }

/** A commit as MongoDB keeps it: one document, its `_id` the position. */
export interface CommitDocument {
  _id: number
  epoch: number
  id: string
  time: string
  previous: Uint8Array
  hash: Uint8Array
  commands: CommandRecord[]
  events: EventDocument[]
}

/** Writes a commit as a document. */
export function toDocument(commit: Commit): CommitDocument {
  const { position, events, previous, hash, ...rest } = commit
  return {
    _id: position,
    ...rest,
    previous: Buffer.from(previous),
    hash: Buffer.from(hash),
    events: events.map(toEventDocument),
  }
}

function toEventDocument(event: StoredEvent): EventDocument {
  const {
    sequence,
    id,
    stream,
    version,
    type,
    schema_version,
    time,
    actor_kind,
    actor_id,
    command,
    payload,
  } = event
  const document: EventDocument = {
    sequence,
    id,
    stream,
    version,
    type,
    schema_version,
    time,
    actor_kind,
    actor_id,
    command,
    payload,
  }
  for (const name of OPTIONAL) {
    const value = event[name]
    if (value !== null) document[name] = value
  }
  return document
}

/** Reads a document back into exactly the commit it was made from; its hash tells whether that is so. */
export function fromDocument(document: CommitDocument): Commit {
  const { _id: position, epoch, id, time, previous, hash, commands, events } = document
  return {
    position,
    epoch,
    id,
    time,
    previous: Buffer.from(previous),
    hash: Buffer.from(hash),
    commands: commands.map((command) => ({ id: command.id, type: command.type, outcome: command.outcome })),
    events: events.map((event) => ({ ...ABSENT, ...event, position })),
  }
}
