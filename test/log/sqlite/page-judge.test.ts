import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseLayout, walLayout } from '../../../src/log/sqlite/page-judge.ts'
import { remnantsInFile } from '../../../src/log/sqlite/trace-search.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { SEED, seeded } from '../../support/seeded.ts'

const directory = temporaryDirectory('memory')
afterAll(() => directory.remove())
const random = seeded(SEED)

const TABLES = [
  { name: 'rows', sql: 'CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT, other TEXT)' },
  { name: 'keyed', sql: 'CREATE TABLE keyed (id TEXT PRIMARY KEY, value TEXT, other TEXT) WITHOUT ROWID' },
  {
    name: 'indexed',
    sql: 'CREATE TABLE indexed (id INTEGER PRIMARY KEY, value TEXT, other TEXT); CREATE INDEX by_value ON indexed (value, other)',
  },
]

/** Seven letters, as short as a name. */
const marker = () => Array.from({ length: 7 }, () => String.fromCharCode(97 + random.below(26))).join('')

describe.each(TABLES.flatMap((table) => [1024, 4096].map((pageSize) => ({ ...table, pageSize }))))(
  `traces in $name on pages of $pageSize bytes (seed ${SEED})`,
  ({ name, sql, pageSize }) => {
    const path = join(directory.path, `${name}-${pageSize}.db`)
    const live = new Set<string>()
    const deleted = new Set<string>()

    beforeAll(() => {
      const db = new Database(path)
      db.pragma(`page_size = ${pageSize}`)
      db.exec(sql)
      const insert = db.prepare(`INSERT INTO ${name} (id, value, other) VALUES (?, ?, ?)`)
      const ids = Array.from({ length: 400 }, (_, index) => index)
      for (const id of ids) {
        const value = marker()
        // Some rows are so long that they need further pages.
        insert.run(id, value, 'o'.repeat(random.chance(0.1) ? 3 * pageSize : random.below(120)))
        if (id % 10 !== 0) live.add(value)
        else deleted.add(value)
      }
      // As rows are added, SQLite moves others and leaves copies of them.
      db.exec('VACUUM')
      db.close()
    })

    const find = async (values: Iterable<string>, file: string) => {
      const traces = [...values].map((value) => Buffer.from(value))
      return (await remnantsInFile(file, traces, databaseLayout(pageSize, 0))).map(String).sort()
    }

    it('are remnants where SQLite left a second copy, and not where they are content of the table', async () => {
      const held = name === 'indexed' ? 2 : 1
      const bytes = readFileSync(path).toString('latin1')
      const values = [...live, ...deleted]
      const copied = values.filter((value) => bytes.split(value).length - 1 > held)
      expect(copied.length).toBeLessThan(values.length / 2)
      expect(await find(values, path)).toEqual(copied.sort())
    })

    it('are remnants when a deleted row left them', async () => {
      const copy = `${path}-copy`
      copyFileSync(path, copy)
      const db = new Database(copy)
      // Deleted rows stay where they were: these are the remnants to find.
      db.pragma('secure_delete = OFF')
      db.exec(`DELETE FROM ${name} WHERE CAST(id AS INTEGER) % 10 = 0`)
      db.close()
      const bytes = readFileSync(copy)
      const left = [...deleted].filter((value) => bytes.includes(value))
      expect(left.length).toBeGreaterThan(20)
      expect(await find(deleted, copy)).toEqual(left.sort())
    })
  },
)

describe('traces in a WAL', () => {
  it('are remnants only in the gaps of its pages', async () => {
    const path = join(directory.path, 'journal.db')
    const db = new Database(path)
    db.pragma('journal_mode = WAL')
    db.pragma('secure_delete = OFF')
    db.pragma('wal_autocheckpoint = 0')
    db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT)')
    db.exec("INSERT INTO rows VALUES (1, 'AdaLove'), (2, 'Grace')")
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.exec('DELETE FROM rows WHERE id = 1')
    const traces = ['AdaLove', 'Grace'].map((value) => Buffer.from(value))
    const found = await remnantsInFile(`${path}-wal`, traces, walLayout(4096, 0))
    expect(found.map(String)).toEqual(['AdaLove'])
    db.close()
  })
})
