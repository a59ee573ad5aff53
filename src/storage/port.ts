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

/** Why a node does not work normally. */
export interface Condition {
  reason: string
  /** Whether it must not sign anyone in: what it knows cannot be verified any more. */
  halted: boolean
  /** Whether only a restart of the process ends this condition. */
  final: boolean
}

/** Options for opening a writer. */
export interface WriterOptions {
  /** Whether a thread beside the writer makes subject keys ahead of their use and, on SQLite, checkpoints the WAL. */
  keysAhead: boolean
  clock: Clock
  onCommit(head: Head): void
  /** Also opens an incomplete installation, for the command that records the loss in the log. */
  lossAccepted?: boolean
  /** Called when something is wrong, and with `null` when the node works normally again. */
  onCondition(condition: Condition | null): void
}

/** A back end that is open for writing, in the thread that owns it. */
export interface Writer {
  engine: Engine
  installation: { db: SqliteDatabase; log: SqliteLog; keys: KeyStore }
  /** Reads the shared log at once, without waiting for the next tick. */
  followNow(): void
  close(): Promise<void>
}

/** A back end that is open for reading, with the documents, whose writes may go through the writer. */
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

/** How a reading back end reaches the writer, and the clock that both use. */
export interface ToWriter {
  clock: Clock
  write(operation: unknown): Promise<unknown>
  followNow(): void
}

/** An open installation: commands to write, views to read, a watch to follow. */
export interface Storage extends Reading {
  commands: CommandGateway
  /** Tells what is wrong with this node now, or `null`. */
  condition(): Condition | null
}
