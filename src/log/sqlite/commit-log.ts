import { emptyHead } from '../../events/chain.ts'
import type { CommandRecord, Commit, Head } from '../../events/commit.ts'
import type { EventHeader, StoredEvent } from '../../events/envelope.ts'
import type { SqlConnection, SqlStatement } from '../../kernel/sql.ts'
import type { CommandOutcome, LocalLog } from '../port.ts'

const HEADER_COLUMNS = [
  'sequence',
  'position',
  'id',
  'stream',
  'version',
  'type',
  'schema_version',
  'time',
  'actor_kind',
  'actor_id',
  'subject',
  'client',
  'request',
  'session',
  'flow',
  'correlation',
  'causation',
  'command',
  'key_id',
] as const satisfies readonly (keyof EventHeader)[]
const EVENT_COLUMNS = [...HEADER_COLUMNS, 'payload'] as const
const SEALED_COLUMNS = ['sequence', 'id', 'stream', 'type', 'key_id', 'payload'] as const

/** An event as far as opening its payload needs it. */
export type SealedEvent = Pick<StoredEvent, (typeof SEALED_COLUMNS)[number]>

/** What links a commit to the one before. */
export type CommitLink = Pick<Commit, 'position' | 'epoch' | 'previous' | 'hash'>

type CommitRow = Omit<Commit, 'commands' | 'events'>

/**
 * The log's tables over one connection. Writing happens in whatever transaction the caller holds; on SQLite
 * that is the one that also updates the read models, and its write lock is the compare-and-set.
 */
export class SqliteLog implements LocalLog {
  readonly id: string
  readonly #head
  readonly #commits
  readonly #hashOf
  readonly #commandsOf
  readonly #eventsOf
  readonly #linksAfter
  readonly #headersBetween
  readonly #sealedBetween
  readonly #eventsAfter
  readonly #eventsUpTo
  readonly #eventAt
  readonly #eventsWithKey
  readonly #outcome
  readonly #insertCommit
  readonly #insertCommand
  readonly #insertEvent
  readonly #sql: SqlConnection
  #ended: SqlStatement | null = null

  constructor(sql: SqlConnection, id: string) {
    this.id = id
    this.#sql = sql
    const events = `SELECT ${EVENT_COLUMNS.join(', ')} FROM events`
    this.#head = sql.prepare(
      `SELECT epoch, position, hash, (SELECT max(sequence) FROM events) AS sequence
       FROM commits ORDER BY position DESC LIMIT 1`,
    )
    this.#commits = sql.prepare('SELECT * FROM commits WHERE position > ? ORDER BY position LIMIT ?')
    this.#hashOf = sql.prepare('SELECT hash FROM commits WHERE position = ?').pluck(true)
    this.#commandsOf = sql.prepare(
      'SELECT id, type, outcome FROM commands WHERE position = ? ORDER BY ordinal',
    )
    this.#eventsOf = sql.prepare(`${events} WHERE position = ? ORDER BY sequence`)
    this.#linksAfter = sql.prepare(
      'SELECT position, epoch, previous, hash FROM commits WHERE position > ? ORDER BY position LIMIT ?',
    )
    const between = 'FROM events WHERE position > ? AND position <= ? ORDER BY sequence'
    // Long lists: rows are read the quickest as arrays.
    this.#headersBetween = sql.prepare(`SELECT ${HEADER_COLUMNS.join(', ')} ${between}`).raw(true)
    this.#sealedBetween = sql.prepare(`SELECT ${SEALED_COLUMNS.join(', ')} ${between}`).raw(true)
    this.#eventsAfter = sql.prepare(`${events} WHERE sequence > ? ORDER BY sequence LIMIT ?`)
    this.#eventsUpTo = sql.prepare(`${events} WHERE sequence > ? AND sequence <= ? ORDER BY sequence`)
    this.#eventAt = sql.prepare(`${events} WHERE sequence = ?`)
    this.#eventsWithKey = sql.prepare(
      `${events} WHERE key_id IN (SELECT value FROM json_each(?)) ORDER BY sequence`,
    )
    this.#outcome = sql.prepare(
      `SELECT position, outcome, (SELECT max(sequence) FROM events e WHERE e.position = commands.position) AS sequence
       FROM commands WHERE id = ?`,
    )
    this.#insertCommit = sql.prepare(
      'INSERT INTO commits (position, epoch, id, time, previous, hash) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#insertCommand = sql.prepare(
      'INSERT INTO commands (position, ordinal, id, type, outcome) VALUES (?, ?, ?, ?, ?)',
    )
    this.#insertEvent = sql.prepare(
      `INSERT INTO events (${EVENT_COLUMNS.join(', ')}) VALUES (${EVENT_COLUMNS.map(() => '?').join(', ')})`,
    )
  }

  /** Reads where the log ends. */
  head(): Head {
    const row = this.#head.get() as Omit<Head, 'log'> | undefined
    return row ? { log: this.id, ...row, sequence: row.sequence ?? 0 } : emptyHead(this.id)
  }

  /** Writes a commit. The caller has made sure that it follows the head. */
  insert(commit: Commit): void {
    this.#insertCommit.run(
      commit.position,
      commit.epoch,
      commit.id,
      commit.time,
      commit.previous,
      commit.hash,
    )
    for (const [ordinal, command] of commit.commands.entries()) {
      this.#insertCommand.run(commit.position, ordinal, command.id, command.type, command.outcome)
    }
    for (const event of commit.events) {
      this.#insertEvent.run(...EVENT_COLUMNS.map((column) => event[column]))
    }
  }

  /** Finds what a command came to, when it was appended before. */
  outcomeOf(commandId: string): CommandOutcome | null {
    return (this.#outcome.get(commandId) as CommandOutcome | undefined) ?? null
  }

  /** Reads the hash of a commit, or `null` when the log has not come to the position. */
  hashOf(position: number): Uint8Array | null {
    return (this.#hashOf.get(position) as Uint8Array | undefined) ?? null
  }

  /** Reads up to `limit` whole commits behind a position. */
  commitsAfter(position: number, limit: number): Commit[] {
    return this.#commits.all(position, limit).map((row) => {
      const commit = row as CommitRow
      return {
        ...commit,
        commands: this.#commandsOf.all(commit.position) as CommandRecord[],
        events: this.#eventsOf.all(commit.position) as StoredEvent[],
      }
    })
  }

  /** Reads how up to `limit` commits behind a position are linked, without what is in them. */
  linksAfter(position: number, limit: number): CommitLink[] {
    return this.#linksAfter.all(position, limit) as CommitLink[]
  }

  /** Reads the headers of the events in the commits behind position `after` up to `to`. */
  headersBetween(after: number, to: number): EventHeader[] {
    return this.#headersBetween.all(after, to).map((row) => headerFromRow(row as unknown[]))
  }

  /** Reads the payloads of the same events, with what opens them. */
  sealedBetween(after: number, to: number): SealedEvent[] {
    return this.#sealedBetween.all(after, to).map((row) => sealedFromRow(row as unknown[]))
  }

  /** Reads up to `limit` events behind a sequence number; from the second on it ends beyond `characters` of payload. */
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[] {
    if (characters === undefined) return this.#eventsAfter.all(sequence, limit) as StoredEvent[]
    return upTo(characters, this.#eventsAfter.iterate(sequence, limit) as Iterable<StoredEvent>)
  }

  /** Reads the events behind `after` up to and including `to`. */
  eventsBetween(after: number, to: number): StoredEvent[] {
    return this.#eventsUpTo.all(after, to) as StoredEvent[]
  }

  /** Reads single events by their sequence numbers, in the order asked for; unknown ones are left out. */
  eventsAt(sequences: readonly number[], characters = Number.POSITIVE_INFINITY): StoredEvent[] {
    return upTo(characters, this.#each(sequences))
  }

  *#each(sequences: readonly number[]): Generator<StoredEvent> {
    for (const sequence of sequences) {
      const event = this.#eventAt.get(sequence) as StoredEvent | undefined
      if (event) yield event
    }
  }

  hasEnded({ stream, sequence }: Pick<StoredEvent, 'stream' | 'sequence'>): boolean {
    // Asked seldom, and not there before the first migrations.
    this.#ended ??= this.#sql.prepare('SELECT 1 FROM closed_streams WHERE stream = ? AND sequence >= ?')
    return this.#ended.get(stream, sequence) !== undefined
  }

  eventsWithKeys(keyIds: readonly string[]): StoredEvent[] {
    return this.#eventsWithKey.all(JSON.stringify(keyIds)) as StoredEvent[]
  }
}

/** Collects events until their payloads have more than so many characters; at least two, where there are two. */
function upTo(characters: number, events: Iterable<StoredEvent>): StoredEvent[] {
  const found: StoredEvent[] = []
  let read = 0
  for (const event of events) {
    found.push(event)
    read += event.payload.length
    if (read > characters && found.length > 1) break
  }
  return found
}

function headerFromRow(row: unknown[]): EventHeader {
  return {
    sequence: row[0] as EventHeader['sequence'],
    position: row[1] as EventHeader['position'],
    id: row[2] as EventHeader['id'],
    stream: row[3] as EventHeader['stream'],
    version: row[4] as EventHeader['version'],
    type: row[5] as EventHeader['type'],
    schema_version: row[6] as EventHeader['schema_version'],
    time: row[7] as EventHeader['time'],
    actor_kind: row[8] as EventHeader['actor_kind'],
    actor_id: row[9] as EventHeader['actor_id'],
    subject: row[10] as EventHeader['subject'],
    client: row[11] as EventHeader['client'],
    request: row[12] as EventHeader['request'],
    session: row[13] as EventHeader['session'],
    flow: row[14] as EventHeader['flow'],
    correlation: row[15] as EventHeader['correlation'],
    causation: row[16] as EventHeader['causation'],
    command: row[17] as EventHeader['command'],
    key_id: row[18] as EventHeader['key_id'],
  }
}

function sealedFromRow(row: unknown[]): SealedEvent {
  return {
    sequence: row[0] as SealedEvent['sequence'],
    id: row[1] as SealedEvent['id'],
    stream: row[2] as SealedEvent['stream'],
    type: row[3] as SealedEvent['type'],
    key_id: row[4] as SealedEvent['key_id'],
    payload: row[5] as SealedEvent['payload'],
  }
}
