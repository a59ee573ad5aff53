import type { StoredEvent } from './envelope.ts'

/** What a command came to, kept so that the same command id gets the same answer for ever. */
export interface CommandRecord {
  id: string
  type: string
  /** JSON text of what the command answered. Holds ids only, never personal data. */
  outcome: string
}

/** What is appended at once: the events of one batch, with the commands that made them. */
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
