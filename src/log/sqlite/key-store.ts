import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cipherKey } from '../../events/sealing.ts'
import { StartRefused } from '../../kernel/fault.ts'
import type { DoomedKey, KeyStore, SubjectKey } from '../key-store.ts'
import type { KeyWrap } from '../wrapping.ts'
import { openForWriting, type SqliteDatabase } from './database.ts'

// A destroyed key's row stays, with zeros of the same length in place of the key. Rows are only ever appended
// and overwritten where they lie, so that the B-tree never moves a key and leaves an old copy in a page.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS identity (log TEXT NOT NULL, check_value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS subject_keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    wrapped BLOB NOT NULL,
    doomed_by TEXT,
    destroyed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS subject_keys_doomed ON subject_keys (number) WHERE doomed_by IS NOT NULL;
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
`
const CHECK_NAME = 'check'
const CHECK_VALUE = Buffer.from('countersign master key check')

interface WrappedKey {
  id: string
  wrapped: Uint8Array
}

interface Identity {
  log: string
  check_value: Uint8Array
}

/** Keeps keys in a SQLite file of their own, beside the log and never inside it. */
export class SqliteKeyStore implements KeyStore {
  readonly #db: SqliteDatabase
  readonly #wrap: KeyWrap
  readonly #add
  readonly #load
  readonly #loadMany
  readonly #doom
  readonly #spare
  readonly #doomed
  readonly #destroy

  private constructor(db: SqliteDatabase, wrap: KeyWrap) {
    this.#db = db
    this.#wrap = wrap
    this.#add = db.prepare('INSERT INTO subject_keys (id, wrapped) VALUES (?, ?)')
    this.#load = db.prepare('SELECT wrapped FROM subject_keys WHERE id = ? AND destroyed = 0').pluck()
    this.#loadMany = db.prepare(
      `SELECT id, wrapped FROM subject_keys WHERE destroyed = 0 AND id IN (SELECT value FROM json_each(?))`,
    )
    this.#doom = db.prepare('UPDATE subject_keys SET doomed_by = ? WHERE id = ?')
    this.#spare = db.prepare('UPDATE subject_keys SET doomed_by = NULL WHERE id = ? AND doomed_by = ?')
    this.#doomed = db.prepare('SELECT id, doomed_by AS command FROM subject_keys WHERE doomed_by IS NOT NULL')
    this.#destroy = db.prepare(
      'UPDATE subject_keys SET wrapped = zeroblob(length(wrapped)), doomed_by = NULL, destroyed = 1 WHERE id = ?',
    )
  }

  /** Makes the key file of a new log. Doing it twice, also from two processes at once, does no harm. */
  static create(path: string, log: string, wrap: KeyWrap): SqliteKeyStore {
    const db = openForWriting(path)
    db.transaction(() => {
      if (!hasTable(db, 'identity') && hasTable(db)) return
      db.exec(SCHEMA)
      if (db.prepare('SELECT 1 FROM identity').get()) return
      db.prepare('INSERT INTO identity (log, check_value) VALUES (?, ?)').run(
        log,
        wrap.wrap(CHECK_NAME, CHECK_VALUE),
      )
    }).immediate()
    return SqliteKeyStore.#checked(db, log, wrap)
  }

  /** Opens the key file of a log. @throws StartRefused when it belongs to another log or master key. */
  static open(path: string, log: string, wrap: KeyWrap): SqliteKeyStore {
    return SqliteKeyStore.#checked(openForWriting(path), log, wrap)
  }

  static #checked(db: SqliteDatabase, log: string, wrap: KeyWrap): SqliteKeyStore {
    try {
      const identity = hasTable(db, 'identity')
        ? (db.prepare('SELECT log, check_value FROM identity').get() as Identity | undefined)
        : undefined
      if (!identity) throw new StartRefused(`${db.name} is not a key file of Countersign`)
      if (identity.log !== log) {
        throw new StartRefused(`${db.name} holds the keys of log ${identity.log}, but the log is ${log}`)
      }
      assertMasterKey(wrap, identity.check_value, db.name)
      return new SqliteKeyStore(db, wrap)
    } catch (error) {
      db.close()
      throw error
    }
  }

  async add(keys: readonly SubjectKey[]): Promise<void> {
    if (keys.length === 0) return
    this.#db
      .transaction(() => {
        for (const { id, key } of keys) this.#add.run(id, this.#wrap.wrap(subjectName(id), key))
      })
      .immediate()
  }

  async load(ids: readonly string[]): Promise<Map<string, KeyObject>> {
    // One statement for all: each statement of its own takes and gives back the locks of the file.
    const rows = ids.length === 0 ? [] : (this.#loadMany.all(JSON.stringify(ids)) as WrappedKey[])
    return new Map(rows.map(({ id, wrapped }) => [id, cipherKey(this.#wrap.unwrap(subjectName(id), wrapped))]))
  }

  async doom(ids: readonly string[], command: string): Promise<void> {
    this.#all(ids, (id) => this.#doom.run(command, id))
  }

  async doomed(): Promise<DoomedKey[]> {
    return this.#doomed.all() as DoomedKey[]
  }

  async spare(keys: readonly DoomedKey[]): Promise<void> {
    this.#all(keys, ({ id, command }) => this.#spare.run(id, command))
  }

  #all<T>(items: readonly T[], write: (item: T) => void): void {
    if (items.length > 0) this.#db.transaction(() => items.forEach(write)).immediate()
  }

  async destroy(ids: readonly string[]): Promise<void> {
    const wrapped = ids.map((id) => this.#load.get(id)).filter((value) => Buffer.isBuffer(value))
    this.#db
      .transaction(() => {
        for (const id of ids) this.#destroy.run(id)
      })
      .immediate()
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    if (wrapped.some((value) => this.#holds(value))) {
      this.#db.exec('VACUUM')
      this.#db.pragma('wal_checkpoint(TRUNCATE)')
    }
  }

  #holds(value: Buffer): boolean {
    return readFileSync(this.#db.name).includes(value)
  }

  async secret(name: string): Promise<Uint8Array | null> {
    const wrapped = this.#db.prepare('SELECT wrapped FROM secrets WHERE name = ?').pluck().get(name)
    return wrapped instanceof Uint8Array ? this.#wrap.unwrap(secretName(name), wrapped) : null
  }

  async ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array> {
    this.#db
      .prepare('INSERT OR IGNORE INTO secrets (name, wrapped) VALUES (?, ?)')
      .run(name, this.#wrap.wrap(secretName(name), value))
    return (await this.secret(name)) ?? value
  }

  async removeSecret(name: string): Promise<void> {
    this.#db.prepare('UPDATE secrets SET wrapped = zeroblob(length(wrapped)) WHERE name = ?').run(name)
    this.#db.prepare('DELETE FROM secrets WHERE name = ?').run(name)
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
  }

  /** Writes a consistent copy of the file while others go on. */
  async backup(path: string): Promise<void> {
    await this.#db.backup(path)
  }

  close(): void {
    this.#db.close()
  }
}

function assertMasterKey(wrap: KeyWrap, check: Uint8Array, file: string): void {
  try {
    wrap.unwrap(CHECK_NAME, check)
  } catch (cause) {
    throw new StartRefused(
      `The master key does not open ${file}: it is not the one the keys were made with`,
      { cause },
    )
  }
}

/** Tells whether a database has this table, or any at all. */
function hasTable(db: SqliteDatabase, name = '%'): boolean {
  return (
    db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name LIKE ?").get(name) !== undefined
  )
}

const subjectName = (id: string) => `subject:${id}`
const secretName = (name: string) => `secret:${name}`
