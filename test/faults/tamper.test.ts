import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitHash } from '../../src/events/chain.ts'
import type { Head } from '../../src/events/commit.ts'
import { SqliteLog } from '../../src/log/sqlite/commit-log.ts'
import { orphanFault } from '../../src/log/sqlite/orphans.ts'
import { type ChainFault, verifyChain } from '../../src/log/verify.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'
import { scale } from '../support/scale.ts'
import { SEED, type Seeded, seeded } from '../support/seeded.ts'
import { appendVariedCommits } from './support/varied-log.ts'

const TABLES = ['log', 'commits', 'commands', 'events'] as const
const TIMES = scale(8, 100)

type Row = Record<string, unknown> & { position: number }

interface Copy {
  path: string
  db: Database.Database
  /** The first thing that an audit finds wrong, or `null`. */
  fault(expected?: Head): ChainFault | null
}

describe(`a log that somebody tampered with (seed ${SEED})`, () => {
  const directory = temporaryDirectory()
  const random = seeded(SEED)
  const original = join(directory.path, 'original.db')
  const foreign = join(directory.path, 'foreign.db')
  let head: Head
  let copies: Copy[] = []

  beforeAll(async () => {
    head = await makeLog(original)
    await makeLog(foreign)
  })

  afterAll(() => {
    for (const { db } of copies) db.close()
    directory.remove()
  })

  async function makeLog(path: string): Promise<Head> {
    const home = temporaryDirectory()
    const open = openEngine(filesIn(home.path))
    await appendVariedCommits(open, random)
    open.installation.db.exec(`VACUUM INTO '${path}'`)
    const end = open.installation.log.head()
    await open.close()
    home.remove()
    return end
  }

  /** Makes a copy to which somebody has full access: no trigger, no constraint between rows. */
  function copy(): Copy {
    const path = join(directory.path, `copy-${copies.length}.db`)
    writeFileSync(path, readFileSync(original))
    const db = new Database(path)
    const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()
    for (const name of triggers) db.exec(`DROP TRIGGER ${name}`)
    const made: Copy = { path, db, fault: (expected) => audit(db, expected) }
    copies.push(made)
    return made
  }

  function audit(db: Database.Database, expected?: Head): ChainFault | null {
    const log = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string)
    const result = verifyChain(log, expected)
    return 'reason' in result ? result : orphanFault(db)
  }

  const rowsOf = (db: Database.Database, table: string) => db.prepare(`SELECT * FROM ${table}`).all() as Row[]

  it('is sound before', () => {
    expect(copy().fault(head)).toBeNull()
    expect(head.position).toBeGreaterThanOrEqual(60)
  })

  const columns = TABLES.flatMap((table) => {
    const schema = new Database(':memory:')
    schema.exec(readFileSync(new URL('../../migrations/001_initial.sql', import.meta.url), 'utf8'))
    const found = schema.prepare(`SELECT name, type, "notnull" FROM pragma_table_info('${table}')`).all()
    return (found as { name: string; type: string; notnull: number }[]).map((column) => ({
      table,
      ...column,
    }))
  })

  it.each(columns)('is found out by any byte of the column $name of $table', ({ table, name, type }) => {
    const { db, fault } = copy()
    const key = {
      log: ['id'],
      commits: ['position'],
      commands: ['position', 'ordinal'],
      events: ['sequence'],
    }[table]
    const where = key.map((column) => `${column} = ?`).join(' AND ')
    for (let time = 0; time < TIMES; time += 1) {
      const row = random.pick(rowsOf(db, table))
      const changed = changeOf(random, type, row[name])
      db.exec('BEGIN')
      db.prepare(`UPDATE OR IGNORE ${table} SET ${name} = ? WHERE ${where}`).run(
        changed,
        ...key.map((column) => row[column]),
      )
      const isChanged = db.prepare('SELECT changes()').pluck().get() === 1
      const found = fault()
      db.exec('ROLLBACK')
      // A number that is taken leaves the row as it was.
      if (!isChanged) continue
      const moved = name === 'position' ? Number(changed) : null
      const position = table === 'log' ? 1 : firstTouched(row.position, moved)
      expect(found, `${String(row[name])} to ${String(changed)}`).toMatchObject({ position })
    }
  })

  /** A row that moves to another commit is missed here or superfluous there, whichever is read first. */
  function firstTouched(from: number, to: number | null): number {
    return to !== null && to >= 1 && to <= head.position ? Math.min(from, to) : from
  }

  it('is found out by a byte that is flipped in the file itself', () => {
    const { db, path } = copy()
    const events = db
      .prepare('SELECT position, payload FROM events WHERE length(payload) < 400')
      .all() as Row[]
    db.close()
    copies = copies.filter((made) => made.db !== db)
    const sound = readFileSync(path)
    for (let time = 0; time < TIMES; time += 1) {
      const event = random.pick(events)
      const damaged = Buffer.from(sound)
      const place = damaged.indexOf(String(event.payload)) + random.below(String(event.payload).length)
      damaged.writeUInt8(damaged.readUInt8(place) ^ (1 << random.below(8)), place)
      writeFileSync(path, damaged)
      const reading = new Database(path, { readonly: true })
      expect(audit(reading)).toMatchObject({ position: event.position })
      reading.close()
    }
  })

  const anyPosition = () => 2 + random.below(head.position - 3)

  it('is found out by two commits in another order', () => {
    const { db, fault } = copy()
    const one = anyPosition()
    for (const table of ['commits', 'commands', 'events']) {
      db.prepare(`UPDATE ${table} SET position = -1 WHERE position = ?`).run(one)
      db.prepare(`UPDATE ${table} SET position = ? WHERE position = ?`).run(one, one + 1)
      db.prepare(`UPDATE ${table} SET position = ? WHERE position = -1`).run(one + 1)
    }
    expect(fault()).toMatchObject({ position: one })
  })

  it('is found out by a commit that is gone, with or without what hung on it', () => {
    for (const tables of [['commits'], ['commits', 'commands', 'events']]) {
      const { db, fault } = copy()
      const position = anyPosition()
      for (const table of tables) db.prepare(`DELETE FROM ${table} WHERE position = ?`).run(position)
      expect(fault()).toEqual({ position, reason: `commit ${position} is missing` })
    }
  })

  it.each(['events', 'commands'])('is found out by a row of %s that is gone', (table) => {
    const { db, fault } = copy()
    const { position } = random.pick(rowsOf(db, table))
    const rows = `SELECT rowid FROM events WHERE position = ? LIMIT 1`
    if (table === 'events') db.prepare(`DELETE FROM events WHERE rowid = (${rows})`).run(position)
    else db.prepare('DELETE FROM commands WHERE position = ? AND ordinal = 0').run(position)
    expect(fault()).toMatchObject({ position })
  })

  it.each([
    ['into a commit', (): number => anyPosition()],
    ['before the first commit', (): number => 0],
    ['behind the last commit', (): number => head.position + 1],
    ['far behind the last commit', (): number => head.position + 1_000],
  ])('is found out by an event or command that was put %s', (_, choose) => {
    const position = choose()
    const insertions = [
      `INSERT INTO commands VALUES (${position}, 99, 'forged', 'erase-user', '{}')`,
      `INSERT INTO commands SELECT ${position}, ifnull(max(ordinal) + 1, 0), 'forged', 'erase-user', '{}'
       FROM commands WHERE position = ${position}`,
      `INSERT INTO events SELECT sequence + ${head.sequence}, ${position}, 'forged', stream, version, type,
         schema_version, time, actor_kind, actor_id, subject, client, request, session, flow, correlation,
         causation, command, key_id, payload FROM events WHERE sequence = ${head.sequence}`,
    ]
    for (const insertion of insertions) {
      const { db, fault } = copy()
      db.exec(insertion)
      expect(fault(), insertion).toMatchObject({ position })
    }
  })

  it('is found out by a second id', () => {
    const { db, fault } = copy()
    db.exec("INSERT INTO log VALUES ('zzz')")
    expect(fault()).toMatchObject({ position: 0 })
  })

  /** Puts the commits from `from` to `to` of another log in the place of its own. */
  function splice(db: Database.Database, from: number, to: number): void {
    db.exec(`ATTACH '${foreign}' AS foreign_log`)
    for (const table of ['commits', 'commands', 'events']) {
      db.exec(`DELETE FROM ${table} WHERE position BETWEEN ${from} AND ${to}`)
      db.exec(`INSERT OR IGNORE INTO ${table} SELECT * FROM foreign_log.${table}
               WHERE position BETWEEN ${from} AND ${to}`)
    }
  }

  it('is found out by commits from another log', () => {
    const position = anyPosition()
    for (const to of [position, head.position]) {
      const { db, fault } = copy()
      splice(db, position, to)
      expect(fault()).toMatchObject({ position })
    }
  })

  it('is found out by a tail that was cut off, given an earlier head', () => {
    const { db, fault } = copy()
    const cut = anyPosition()
    for (const table of ['commits', 'commands', 'events']) {
      db.prepare(`DELETE FROM ${table} WHERE position >= ?`).run(cut)
    }
    expect(fault()).toBeNull()
    expect(fault(head)).toMatchObject({ position: cut })
  })

  it('is found out by a past that was written anew with right hashes, given an earlier head', () => {
    const { db, fault } = copy()
    const from = anyPosition()
    db.prepare("UPDATE events SET actor_id = 'somebody else' WHERE position = ?").run(from)
    const log = new SqliteLog(db, head.log)
    const set = db.prepare('UPDATE commits SET previous = ?, hash = ? WHERE position = ?')
    let { hash } = log.commitsAfter(from - 2, 1)[0]!
    for (const commit of log.commitsAfter(from - 1, head.position)) {
      const previous = hash
      hash = commitHash(head.log, { ...commit, previous })
      set.run(previous, hash, commit.position)
    }
    expect(fault()).toBeNull()
    expect(fault(head)).toEqual({ position: head.position, reason: 'the hash differs from the checkpoint' })
  })

  it('is found out by being another log altogether, given an earlier head', () => {
    const reading = new Database(foreign, { readonly: true })
    expect(audit(reading)).toBeNull()
    expect(audit(reading, head)).toMatchObject({ position: 0 })
    reading.close()
  })
})

/** Changes one bit of a stored value; an absent one becomes present. */
function changeOf(random: Seeded, type: string, value: unknown): string | number | Buffer {
  if (typeof value === 'number') return value + (random.chance(0.5) ? 1 : -1) * (1 + random.below(3))
  if (value === null || value === undefined) return type === 'INTEGER' ? 0 : 'x'
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value as Uint8Array)
  const place = random.below(bytes.length)
  if (typeof value !== 'string') {
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << random.below(8)), place)
    return bytes
  }
  // Only the lowest seven bits, so that it stays text.
  bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << random.below(7)), place)
  return bytes.toString()
}
