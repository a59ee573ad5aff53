import type { KeyObject } from 'node:crypto'
import { cipherKey } from '../../events/sealing.ts'
import { storageRefusal } from '../../kernel/mongodb-faults.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { KeyStore, MarkedKey, SubjectKey } from '../keys/key-store.ts'
import { CHECK_NAME, CHECK_VALUE, type KeyWrap, secretName, subjectName } from '../keys/wrapping.ts'
import { runAtOnce } from '../port.ts'
import { damagedFile, isDamaged, openForWriting, type SqliteDatabase } from './database.ts'
import { acceptState, ensureState, missingFromKeyFile } from './key-file-state.ts'
import { searchWhileFrozen } from './search-frozen-file.ts'
import { truncateWal } from './wal.ts'

// A destroyed key's row stays, with zeros of the same length in place of the key. Rows are only ever appended or
// overwritten in place, so that the B-tree never moves a key and leaves an old copy in a page.
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

interface WrappedKey {
  id: string
  wrapped: Uint8Array
}

interface Identity {
  log: string
  check_value: Uint8Array
}

/** Keeps keys in a separate SQLite file beside the log, never inside it. */
export class SqliteKeyStore implements KeyStore {
  readonly #db: SqliteDatabase
  readonly #wrap: KeyWrap
  readonly #add
  readonly #load
  readonly #loadMany
  readonly #mark
  readonly #unmark
  readonly #marked
  readonly #destroy
  readonly #clearMark
  readonly #changes
  readonly #count

  private constructor(db: SqliteDatabase, wrap: KeyWrap) {
    this.#db = db
    this.#wrap = wrap
    this.#add = db.prepare('INSERT INTO subject_keys (id, wrapped) VALUES (?, ?)')
    this.#load = db.prepare('SELECT wrapped FROM subject_keys WHERE id = ? AND destroyed = 0').pluck()
    this.#loadMany = db.prepare(
      `SELECT id, wrapped FROM subject_keys WHERE destroyed = 0 AND id IN (SELECT value FROM json_each(?))`,
    )
    this.#mark = db.prepare('UPDATE subject_keys SET doomed_by = ? WHERE id = ?')
    this.#unmark = db.prepare('UPDATE subject_keys SET doomed_by = NULL WHERE id = ? AND doomed_by = ?')
    this.#marked = db.prepare('SELECT id, doomed_by AS command FROM subject_keys WHERE doomed_by IS NOT NULL')
    this.#destroy = db.prepare(
      'UPDATE subject_keys SET wrapped = zeroblob(length(wrapped)), destroyed = 1 WHERE id = ? AND destroyed = 0',
    )
    this.#changes = db.prepare('SELECT changes FROM key_file_state').pluck()
    this.#count = db.prepare(
      `UPDATE key_file_state SET changes = changes + 1, made = made + ?, destroyed = destroyed + ?, secrets = secrets + ?`,
    )
    this.#clearMark = db.prepare('UPDATE subject_keys SET doomed_by = NULL WHERE id = ?')
  }

  /** Makes the key file of a new log. Doing it twice, even from two processes at once, does no harm. */
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
      ensureState(db)
      return new SqliteKeyStore(db, wrap)
    } catch (error) {
      db.close()
      throw isDamaged(error) ? damagedFile(db.name, error) : error
    }
  }

  async add(keys: readonly SubjectKey[]): Promise<void> {
    if (keys.length === 0) return
    await this.#changing(() => {
      for (const { id, key } of keys) this.#add.run(id, this.#wrap.wrap(subjectName(id), key))
      this.#count.run(keys.length, 0, 0)
    })
  }

  async load(ids: readonly string[]): Promise<Map<string, KeyObject>> {
    // One statement for all, because each statement takes and releases the locks of the file.
    if (ids.length === 0) return new Map()
    const rows = await this.#guard(() => this.#loadMany.all(JSON.stringify(ids)) as WrappedKey[])
    return new Map(
      rows.map(({ id, wrapped }) => [id, cipherKey(this.#wrap.unwrap(subjectName(id), wrapped))]),
    )
  }

  async markForDestruction(ids: readonly string[], command: string): Promise<void> {
    await this.#all(ids, (id) => this.#mark.run(command, id))
  }

  async marked(): Promise<MarkedKey[]> {
    return this.#marked.all() as MarkedKey[]
  }

  async unmark(keys: readonly MarkedKey[]): Promise<void> {
    await this.#all(keys, ({ id, command }) => this.#unmark.run(id, command))
  }

  async #all<T>(items: readonly T[], write: (item: T) => void): Promise<void> {
    if (items.length === 0) return
    await this.#changing(() => {
      for (const item of items) write(item)
    })
  }

  #changing(work: () => void): Promise<void> {
    return this.#guard(() => this.#db.transaction(work).immediate())
  }

  // The mark goes last: until then a start finds the unfinished work.
  async destroy(ids: readonly string[]): Promise<void> {
    const wrapped = ids.map((id) => this.#load.get(id)).filter((value) => Buffer.isBuffer(value))
    await this.#changing(() => {
      let destroyed = 0
      for (const id of ids) destroyed += this.#destroy.run(id).changes
      if (destroyed > 0) this.#count.run(0, destroyed, 0)
    })
    // A key that was zeroed by a process that then crashed can no longer be searched for.
    await this.#clear(wrapped, wrapped.length < ids.length)
    await this.#all(ids, (id) => this.#clearMark.run(id))
  }

  /** Makes sure that the file and its WAL no longer hold any of these values. */
  #clear(values: readonly Uint8Array[], rewrite = false): Promise<void> {
    return this.#guard(async () => {
      if (!rewrite && (await searchWhileFrozen(this.#db, values, runAtOnce)).length === 0) return
      this.#db.exec('VACUUM')
      truncateWal(this.#db)
    })
  }

  async #guard<T>(work: () => T): Promise<Awaited<T>> {
    try {
      return await work()
    } catch (error) {
      throw storageRefusal(error, 'storage_failed') ?? error
    }
  }

  async secret(name: string): Promise<Uint8Array | null> {
    const wrapped = this.#wrappedSecret(name)
    return wrapped ? this.#wrap.unwrap(secretName(name), wrapped) : null
  }

  async ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array> {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO secrets (name, wrapped) VALUES (?, ?)')
    const wrapped = this.#wrap.wrap(secretName(name), value)
    await this.#changing(() => {
      if (insert.run(name, wrapped).changes > 0) this.#count.run(0, 0, 1)
    })
    return (await this.secret(name)) ?? value
  }

  async removeSecret(name: string): Promise<void> {
    const wrapped = this.#wrappedSecret(name)
    if (!wrapped) return
    const remove = this.#db.prepare('DELETE FROM secrets WHERE name = ?')
    await this.#changing(() => {
      if (remove.run(name).changes > 0) this.#count.run(0, 0, -1)
    })
    await this.#clear([wrapped])
  }

  async secretNames(): Promise<string[]> {
    return this.#db.prepare('SELECT name FROM secrets ORDER BY name').pluck().all() as string[]
  }

  #wrappedSecret(name: string): Uint8Array | null {
    const wrapped = this.#db.prepare('SELECT wrapped FROM secrets WHERE name = ?').pluck().get(name)
    return wrapped instanceof Uint8Array ? wrapped : null
  }

  /**
   * Reads the whole file and opens every key and secret in it; returns their number.
   *
   * @throws StartRefused when SQLite finds the file damaged, Refusal when the master key does not open something.
   */
  openAll(): number {
    const fault = this.#db.pragma('integrity_check(1)', { simple: true })
    if (fault !== 'ok') throw damagedFile(this.#db.name, new Error(String(fault)))
    let count = 0
    const open = (rows: string, nameOf: (id: string) => string) => {
      for (const row of this.#db.prepare(rows).iterate()) {
        const { id, wrapped } = row as WrappedKey
        this.#wrap.unwrap(nameOf(id), wrapped)
        count += 1
      }
    }
    open('SELECT id, wrapped FROM subject_keys WHERE destroyed = 0', subjectName)
    open('SELECT name AS id, wrapped FROM secrets', secretName)
    return count
  }

  /** Returns how often anything in the file was made or destroyed: a number that only rises. */
  changes(): number {
    return this.#changes.get() as number
  }

  /** Says what is missing from the file, or `null` when it holds everything that was put into it. */
  missing(): string | null {
    return missingFromKeyFile(this.#db)
  }

  /** Accepts the file as it is, after the missing keys were given up. */
  async acceptMissing(): Promise<void> {
    await this.#guard(() => acceptState(this.#db))
  }

  /** Writes a consistent copy of the file while others go on using it. */
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
      `The master key does not open ${file}: it is not the one the keys were made with, or the file is damaged`,
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
