import type { StoredEvent } from './envelope.ts'

/** The outcome of a command, stored so that the same command id always gets the same answer. */
export interface CommandRecord {
  id: string
  type: string
  /** JSON text of what the command answered. Holds ids only, never personal data. */
  outcome: string
}

/** What one append writes: the events of a batch, with the commands that made them. */
export interface Commit {
  /** 1, 2, 3 … without gaps. */
  position: number
  epoch: number
  /** The commit's own id, by which a writer recognises its own work after an unknown outcome. */
  id: string
  time: string
  /** The hash of the commit before; of the log's id for the first. */
  previous: Uint8Array
  hash: Uint8Array
  commands: CommandRecord[]
  events: StoredEvent[]
}

/** Where a log ends. */
export interface Head {
  log: string
  epoch: number
  position: number
  sequence: number
  hash: Uint8Array
}
