import type { CommandRecord, Commit } from '../../events/commit.ts'
import type { StoredEvent } from '../../events/envelope.ts'

/** The fields of an event that may be absent: a document leaves them out, and reading puts `null` in their place. */
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

type Optional = keyof typeof ABSENT

/** An event inside a commit's document: absent fields are left out, and the position is the `_id` of the document. */
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
  const fields = Object.entries(event).filter(([name, value]) => name !== 'position' && value !== null)
  return Object.fromEntries(fields) as EventDocument
}

/** Reads a document back into the commit that it was made from; the hash of the commit proves that it is the same. */
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
