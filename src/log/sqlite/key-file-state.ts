import { inSnapshot } from '../../kernel/sql.ts'
import type { SqliteDatabase } from './database.ts'

// What the program itself has done to the key file. The counts say what must be in it; `changes` only ever rises, which
// reveals an older copy of the file.
const SCHEMA = `
  CREATE TABLE key_file_state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    changes INTEGER NOT NULL,
    made INTEGER NOT NULL,
    destroyed INTEGER NOT NULL,
    secrets INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS subject_keys_destroyed ON subject_keys (number) WHERE destroyed = 1;
  INSERT INTO key_file_state (only, changes, made, destroyed, secrets) SELECT 1, made + 1, made, destroyed, secrets FROM (
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'subject_keys'), 0) AS made,
      (SELECT count(*) FROM subject_keys WHERE destroyed = 1) AS destroyed,
      (SELECT count(*) FROM secrets) AS secrets
  );
`

/** Counts of what was done to a key file. */
export interface KeyFileState {
  /** How often anything was made or destroyed. */
  changes: number
  /** How many subject keys were ever made. */
  made: number
  destroyed: number
  secrets: number
}

/** Makes a key file count its changes; the file of an older program begins with what it holds. */
export function ensureState(db: SqliteDatabase): void {
  if (hasState(db)) return
  db.transaction(() => {
    if (!hasState(db)) db.exec(SCHEMA)
  }).immediate()
}

/** Reads the counts of a key file, `null` when it has none. */
export function readState(db: SqliteDatabase): KeyFileState | null {
  if (!hasState(db)) return null
  const state = db.prepare('SELECT changes, made, destroyed, secrets FROM key_file_state').get()
  return (state as KeyFileState | undefined) ?? null
}

/** Compares a key file with its counts; says what is missing, or `null`. */
export function missingFromKeyFile(db: SqliteDatabase): string | null {
  return inSnapshot(db, () => missingIn(db))
}

function missingIn(db: SqliteDatabase): string | null {
  const state = readState(db)
  if (!state) return `${db.name} does not say how many keys it holds`
  const count = (what: string) => db.prepare(`SELECT count(*) FROM ${what}`).pluck().get() as number
  const keys = count('subject_keys')
  if (keys !== state.made) return `${db.name} has ${keys} of the ${state.made} subject keys that were made`
  const destroyed = count('subject_keys WHERE destroyed = 1')
  if (destroyed !== state.destroyed) {
    return `in ${db.name}, ${destroyed} subject keys are marked as destroyed, but ${state.destroyed} were destroyed`
  }
  const secrets = count('secrets')
  if (secrets !== state.secrets) {
    return `${db.name} has ${secrets} of the ${state.secrets} secrets that it was given`
  }
  return null
}

/** Sets the counts of a key file to what it holds, after the missing keys were given up. */
export function acceptState(db: SqliteDatabase): void {
  db.exec(`UPDATE key_file_state SET changes = changes + 1,
    made = (SELECT count(*) FROM subject_keys),
    destroyed = (SELECT count(*) FROM subject_keys WHERE destroyed = 1),
    secrets = (SELECT count(*) FROM secrets)`)
}

function hasState(db: SqliteDatabase): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'key_file_state'").get() !== undefined
}
