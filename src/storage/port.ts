import type { CommandGateway } from '../commands/catalogue.ts'
import type { DocumentStore } from '../documents/port.ts'
import type { Engine } from '../engine/engine.ts'
import type { Head } from '../events/commit.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ReactionCursors } from '../log/cursors.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import type { SqliteLog } from '../log/sqlite/commit-log.ts'
import type { SqliteDatabase } from '../log/sqlite/database.ts'
import type { LogWatch } from '../log/watch.ts'
import type { Views } from '../projections/views.ts'

/** Why a node cannot work as it should. */
export interface Condition {
  reason: string
  /** Whether it must not sign anybody in: what it knows cannot be proved any more. */
  halted: boolean
  /** Whether it stays so until the process is started again. */
  final: boolean
}

/** How the writing half of a back end is opened. */
export interface WriterOptions {
  /** Whether subject keys are made ahead of their use, and on SQLite the journal moved, by a thread beside the writer. */
  keysAhead: boolean
  clock: Clock
  onCommit(head: Head): void
  /** Opens what is incomplete too, for the one command that notes the loss in the log. */
  lossAccepted?: boolean
  /** Called when something is wrong, and with `null` when it is well again. */
  onCondition(condition: Condition | null): void
}

/** The writing half of a back end, in the thread that owns it. */
export interface Writer {
  engine: Engine
  installation: { db: SqliteDatabase; log: SqliteLog; keys: KeyStore }
  /** Looks at once whether other nodes appended something. */
  lookAround(): void
  close(): Promise<void>
}

/** The reading half of a back end, and the documents, whose writes may go through the writer. */
export interface Reading {
  documents: DocumentStore
  cursors: ReactionCursors
  views: Views
  log: SqliteLog
  keys: KeyStore
  watch: LogWatch
  /** Waits a moment until this node has seen the log up to a position; answers whether it has. */
  reached(position: number): Promise<boolean>
  /** Reads the clock of the database, milliseconds since 1970; `null` where it is that of this machine. */
  storeTime(): Promise<number | null>
  close(): Promise<void>
}

/** How the reading half reaches the writing one, and the clock that both go by. */
export interface ToWriter {
  clock: Clock
  write(operation: unknown): Promise<unknown>
  lookAround(): void
}

/** Everything above the back end: how to write, what to read, and how to follow. */
export interface Storage extends Reading {
  commands: CommandGateway
  /** What is wrong with this node at the moment, or `null`. */
  condition(): Condition | null
}
