import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { rebuildReadModels, verifyReadModels } from '../../src/integrity/rebuild.ts'
import { StartRefused } from '../../src/kernel/start-refused.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import { READ_MODEL_TABLES } from '../../src/projections/catalogue.ts'
import { openStorage } from '../../src/storage/open.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { appendVariedCommits } from './support/varied-log.ts'

const place = temporaryDirectory('memory')
const original = join(place.path, 'original')
const random = seeded(SEED)
let copies = 0

beforeAll(async () => {
  mkdirSync(original)
  const open = openEngine(filesIn(original), { start: Date.UTC(2026, 0, 1) })
  await appendVariedCommits(open, random)
  await open.engine.submit(
    command('create-signing-key', { kid: 'one', alg: 'ES256', public_jwk: { kty: 'EC' } }, SYSTEM_ACTOR),
  )
  await open.engine.submit(command('change-relying-party-id', { rp_id: 'example.org' }, SYSTEM_ACTOR))
  await open.close()
})

afterAll(() => place.remove())

/** Makes a copy of the installation and damages its database, as somebody does who has the file. */
function damaged(damage: (db: Database.Database) => void) {
  copies += 1
  const directory = join(place.path, `copy-${copies}`)
  cpSync(original, directory, { recursive: true })
  const files = filesIn(directory)
  const db = new Database(files.database)
  db.pragma('foreign_keys = OFF')
  damage(db)
  db.close()
  return files
}

type Files = ReturnType<typeof filesIn>

/** What a start says: why it refused, or `null`. */
async function start(files: Files): Promise<string | null> {
  try {
    const storage = await openStorage(files)
    await storage.close()
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(StartRefused)
    return (error as Error).message
  }
}

async function doctor(files: Files, only?: string): Promise<string | null> {
  const wrong = (await examine(files)).filter(
    ({ check, ok }) => !ok && check !== 'permissions' && (!only || check === only),
  )
  return wrong.map(({ detail }) => detail).join('\n') || null
}

async function verify(files: Files): Promise<string | null> {
  const { difference } = await verifyReadModels(files)
  return difference?.table ?? null
}

type Row = Record<string, string | number | Buffer | null>

/** Changes one bit of what a column holds; an absent value becomes present. */
function flipped(value: Row[string], type: string): string | number | Buffer {
  if (value === null || value === undefined || value === '') return type === 'INTEGER' ? 1 : 'x'
  if (typeof value === 'number') return value > 1 ? value ^ (1 << 20) : value ^ 1
  const bytes = Buffer.from(value as string)
  // Of a text, a lower bit, so that it stays one.
  const bit = random.below(typeof value === 'string' ? 7 : 8)
  const at = random.below(bytes.length)
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
  return typeof value === 'string' ? bytes.toString() : bytes
}

const schema = emptyReadModels()

interface Case {
  table: string
  how: string
  damage: (db: Database.Database) => void
}

/** Every table: one bit in each of its columns, a row that is gone, one that was put in, and all emptied. */
function casesOf(table: string, key: readonly string[]): Case[] {
  const columns = schema.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as {
    name: string
    type: string
  }[]
  const where = key.map((column) => `${column} = ?`).join(' AND ')
  const anyRow = (db: Database.Database) => random.pick(db.prepare(`SELECT * FROM ${table}`).all() as Row[])
  const keyOf = (row: Row) => key.map((column) => row[column] ?? null)
  const bits = columns.map(({ name, type }) => ({
    table,
    how: `one bit in ${name}`,
    damage: (db: Database.Database) => {
      const row = anyRow(db)
      const { changes } = db
        .prepare(`UPDATE ${table} SET ${name} = ? WHERE ${where}`)
        .run(flipped(row[name] ?? null, type), ...keyOf(row))
      expect(changes).toBe(1)
    },
  }))
  const others: Case[] = [
    {
      table,
      how: 'a row that is gone',
      damage: (db) => db.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...keyOf(anyRow(db))),
    },
    {
      table,
      how: 'a row that was put in',
      damage: (db) => {
        const row = { ...anyRow(db) }
        // Whatever must be unique gets another value.
        for (const name of [
          'userid',
          'username',
          'username_key',
          'user_id',
          'credential_id',
          'token',
          'stream',
        ])
          if (name in row) row[name] = row[name] instanceof Buffer ? Buffer.from('other') : 'other'
        for (const name of ['link_id', 'client_id', 'session_id', 'kid', 'email_key', 'webauthn_user_id'])
          if (name in row) row[name] = 'other'
        if ('sequence' in row) row.sequence = 1_000_000
        db.prepare(
          `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?')})`,
        ).run(...Object.values(row))
      },
    },
    { table, how: 'no row left', damage: (db) => db.exec(`DELETE FROM ${table}`) },
  ]
  return [...bits, ...others]
}

const CASES = Object.entries(READ_MODEL_TABLES).flatMap(([table, key]) => casesOf(table, key))

describe(`a read model that is not what the log says (seed ${SEED})`, () => {
  it('is none to begin with', async () => {
    const files = damaged(() => undefined)
    expect([await start(files), await doctor(files), await verify(files)]).toEqual([null, null, null])
  })

  it.each(CASES)('in $table by $how is found by start, doctor and verify', async ({ table, how, damage }) => {
    const files = damaged(damage)
    const named = expect.stringMatching(
      new RegExp(`^The read models are damaged: ${table} \\{".*projections rebuild`, 's'),
    )
    expect([await start(files), await doctor(files, 'read models'), await verify(files)]).toEqual([
      named,
      named,
      table,
    ])
    if (how.startsWith('one bit')) return
    await rebuildReadModels(files, { checkIndexes: true })
    expect([await start(files), await doctor(files), await verify(files)]).toEqual([null, null, null])
  })

  it.each([
    [
      'a group that nobody gave',
      "INSERT INTO user_groups (userid, group_name) SELECT userid, 'admin' FROM users LIMIT 1",
      /user_groups \{"userid":"[a-z-]+","group_name":"admin"\}: unexpected/,
    ],
    [
      'a digest',
      "UPDATE read_model_digests SET sum = sum + 1 WHERE name = 'users'",
      /read_model_digests|users/,
    ],
  ])('by %s is named', async (_, sql, named) => {
    const files = damaged((db) => db.exec(sql))
    expect(await start(files)).toMatch(named)
    expect(await doctor(files)).toMatch(named)
    await rebuildReadModels(files, { checkIndexes: true })
    expect([await start(files), await doctor(files)]).toEqual([null, null])
  })

  it('is rebuilt by a start that finds no digests', async () => {
    const files = damaged((db) => {
      db.exec(
        "DELETE FROM read_model_digests; INSERT INTO user_groups (userid, group_name) SELECT userid, 'admin' FROM users LIMIT 1",
      )
    })
    expect(await doctor(files)).toContain('no digests yet')
    expect(await start(files)).toBeNull()
    expect([await doctor(files), await verify(files)]).toEqual([null, null])
  })
})

describe('a schema that was changed by hand', () => {
  it.each([
    ['DROP INDEX users_by_email', 'index users_by_email is missing'],
    ['DROP INDEX users_by_verified_email', 'index users_by_verified_email is missing'],
    ['DROP TRIGGER events_keep', 'trigger events_keep is missing'],
    [
      "CREATE TRIGGER door AFTER INSERT ON users BEGIN INSERT INTO user_groups (userid, group_name) VALUES (new.userid, 'admin'); END",
      'trigger door was not made by this program',
    ],
    ['CREATE VIEW people AS SELECT * FROM users', 'view people was not made by this program'],
  ])('by %s is named by the doctor', async (sql, told) => {
    expect(await doctor(damaged((db) => db.exec(sql)))).toContain(told)
  })
})

describe(`a bit that is flipped in the pages of the read models (seed ${SEED})`, () => {
  const TIMES = scale(16, 500)

  function flipBit(path: string): void {
    const db = new Database(path, { readonly: true })
    const names = `'${Object.keys(READ_MODEL_TABLES).join("','")}'`
    const pages = db
      .prepare(
        `SELECT pageno FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name IN (${names}))`,
      )
      .pluck()
      .all() as number[]
    const size = db.pragma('page_size', { simple: true }) as number
    db.close()
    const bytes = readFileSync(path)
    const at = (random.pick(pages) - 1) * size + random.below(size)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at)
    writeFileSync(path, bytes)
  }

  it('is found by the doctor or changes nothing that can be read, and is rebuilt or calls for a backup', async () => {
    let rebuilt = 0
    for (let time = 0; time < TIMES; time += 1) {
      const files = damaged(() => undefined)
      flipBit(files.database)
      const said = await doctor(files)
      const refused = await start(files)
      if (said === null) {
        expect([refused, await verify(files)]).toEqual([null, null])
        continue
      }
      const failed = await rebuildReadModels(files, { checkIndexes: true }).then(
        () => null,
        (error: unknown) => error,
      )
      if (failed === null) {
        rebuilt += 1
        expect([await start(files), await doctor(files), await verify(files)]).toEqual([null, null, null])
      } else {
        expect(failed).toBeInstanceOf(StartRefused)
        expect((failed as Error).message).toContain('backup')
      }
    }
    console.log(`flipped bits: ${TIMES}, of which a rebuild repaired ${rebuilt}`)
  })
})
