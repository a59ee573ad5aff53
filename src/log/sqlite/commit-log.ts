import { emptyHead } from '../../events/chain.ts'
import type { CommandRecord, Commit, Head } from '../../events/commit.ts'
import type { EventHeader, StoredEvent } from '../../events/envelope.ts'
import type { SqlConnection, SqlStatement } from '../../kernel/sql.ts'
import type { CommandOutcome, LocalLog } from '../port.ts'
import {
  EVENT_COLUMNS,
  HEADER_COLUMNS,
  headerFromRow,
  SEALED_COLUMNS,
  type SealedEvent,
  sealedFromRow,
} from './event-rows.ts'

/** The fields that link a commit to the one before. */
export type CommitLink = Pick<Commit, 'position' | 'epoch' | 'previous' | 'hash'>

type CommitRow = Omit<Commit, 'commands' | 'events'>

/**
 * Reads and writes the log's tables over one connection. Writes join the caller's transaction; on SQLite that is
 * the one that also updates the read models, and its write lock is the compare-and-set.
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
    // The lists are long, and rows are read fastest as arrays.
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

  /** Writes a commit. The caller makes sure that it follows the head. */
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

  /** Finds the stored answer of a command, or `null` when it was never appended. */
  outcomeOf(commandId: string): CommandOutcome | null {
    return (this.#outcome.get(commandId) as CommandOutcome | undefined) ?? null
  }

  /** Reads the hash of a commit, or `null` when the log has not reached the position. */
  hashOf(position: number): Uint8Array | null {
    return (this.#hashOf.get(position) as Uint8Array | undefined) ?? null
  }

  /** Reads up to `limit` whole commits after a position. */
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

  /** Reads the links of up to `limit` commits after a position, without their contents. */
  linksAfter(position: number, limit: number): CommitLink[] {
    return this.#linksAfter.all(position, limit) as CommitLink[]
  }

  /** Reads the headers of the events in the commits after position `after`, up to and including `to`. */
  headersBetween(after: number, to: number): EventHeader[] {
    return this.#headersBetween.all(after, to).map((row) => headerFromRow(row as unknown[]))
  }

  /** Reads the payloads of the same events, with the fields that opening them needs. */
  sealedBetween(after: number, to: number): SealedEvent[] {
    return this.#sealedBetween.all(after, to).map((row) => sealedFromRow(row as unknown[]))
  }

  /** Reads up to `limit` events after a sequence number; stops at `characters` of payload, but not before the second. */
  eventsAfter(sequence: number, limit: number, characters?: number): StoredEvent[] {
    if (characters === undefined) return this.#eventsAfter.all(sequence, limit) as StoredEvent[]
    return upTo(characters, this.#eventsAfter.iterate(sequence, limit) as Iterable<StoredEvent>)
  }

  /** Reads the events after `after`, up to and including `to`. */
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
    // Prepared late, because the table does not exist before the first migrations.
    this.#ended ??= this.#sql.prepare('SELECT 1 FROM closed_streams WHERE stream = ? AND sequence >= ?')
    return this.#ended.get(stream, sequence) !== undefined
  }

  eventsWithKeys(keyIds: readonly string[]): StoredEvent[] {
    return this.#eventsWithKey.all(JSON.stringify(keyIds)) as StoredEvent[]
  }
}

/** Collects events until their payloads have more than `characters`; at least two, if there are two. */
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
