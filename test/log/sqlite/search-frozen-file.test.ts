import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Alone, runAtOnce } from '../../../src/log/port.ts'
import { openForReading, openForWriting, type SqliteDatabase } from '../../../src/log/sqlite/database.ts'
import { searchWhileFrozen } from '../../../src/log/sqlite/search-frozen-file.ts'
import { temporaryDirectory } from '../../support/installation.ts'

/** Enough that SQLite would checkpoint the WAL by itself. */
const ROWS = 80_000

let directory: ReturnType<typeof temporaryDirectory>
let db: SqliteDatabase
let another: SqliteDatabase

beforeEach(() => {
  directory = temporaryDirectory()
  db = openForWriting(join(directory.path, 'file.db'))
  db.exec('CREATE TABLE notes (text TEXT NOT NULL)')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  another = openForWriting(db.name)
  write(db, 'x'.repeat(500), ROWS)
})

afterEach(() => {
  another.close()
  db.close()
  directory.remove()
})

function write(to: SqliteDatabase, text: string, times = 1): void {
  const insert = to.prepare('INSERT INTO notes (text) VALUES (?)')
  to.transaction(() => {
    for (let row = 0; row < times; row += 1) insert.run(text)
  })()
}

/** Leaves a text in the gap of a deleted last row. */
function leave(to: SqliteDatabase, text: string, times = 1): void {
  write(to, text, times)
  to.pragma('secure_delete = OFF')
  to.exec('DELETE FROM notes WHERE rowid = (SELECT max(rowid) FROM notes)')
  to.pragma('secure_delete = ON')
}

/** How long a search of these tests tries to begin, in milliseconds. */
const PATIENCE = 100

function search(texts: readonly string[], alone: Alone = runAtOnce): Promise<Uint8Array[]> {
  const traces = texts.map((text) => Buffer.from(text))
  return searchWhileFrozen(db, traces, alone, PATIENCE)
}

it('leaves the file unchanged during the search, and finds what is written meanwhile', async () => {
  let before = Buffer.alloc(0)
  const writingThen: Alone = async (work) => {
    const result = work()
    before = readFileSync(db.name)
    leave(db, 'written meanwhile')
    leave(another, `by another connection ${'y'.repeat(500)}`, ROWS)
    for (const connection of [db, another]) connection.pragma('wal_checkpoint(PASSIVE)')
    expect(readFileSync(db.name).equals(before)).toBe(true)
    return result
  }
  const found = await search(['written meanwhile', 'by another connection', 'never written'], writingThen)
  expect(found.map(String).sort()).toEqual(['by another connection', 'written meanwhile'])
  another.pragma('wal_checkpoint(PASSIVE)')
  expect(readFileSync(db.name).equals(before)).toBe(false)
})

it('checkpoints the WAL first', async () => {
  leave(another, 'in the journal')
  expect(statSync(`${db.name}-wal`).size).toBeGreaterThan(0)
  expect((await search(['in the journal'])).map(String)).toEqual(['in the journal'])
  expect(statSync(`${db.name}-wal`).size).toBe(0)
})

it('does not search while a reader holds an old state, from which traces could return', async () => {
  const reader = openForReading(db.name)
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM notes').get()
  leave(db, 'something newer')
  await expect(search(['something newer'])).rejects.toMatchObject({ code: 'overloaded' })
  reader.close()
  expect(await search(['something newer'])).toHaveLength(1)
})
