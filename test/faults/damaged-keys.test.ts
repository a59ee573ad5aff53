import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { StartRefused } from '../../src/kernel/start-refused.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import { openStorage } from '../../src/storage/open.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'

const place = temporaryDirectory('memory')
const original = join(place.path, 'original')
const random = seeded(SEED)
const userid = 'lusab-babad'
let copies = 0

beforeAll(async () => {
  mkdirSync(original)
  const open = openEngine(filesIn(original), { start: Date.UTC(2026, 0, 1) })
  await open.engine.submit(command('register-user', { userid, username: 'ada' }, SYSTEM_ACTOR))
  await open.installation.keys.ensureSecret('csrf-key', Buffer.alloc(32, 7))
  await open.close()
})

afterAll(() => place.remove())

function copy() {
  copies += 1
  const directory = join(place.path, `copy-${copies}`)
  cpSync(original, directory, { recursive: true })
  return filesIn(directory)
}

type Files = ReturnType<typeof filesIn>

/** Opens the storage and works with the key of a person; gives the refusal, or `null`. */
async function use(files: Files): Promise<string | null> {
  try {
    const storage = await openStorage(files)
    try {
      await storage.commands.submit(
        command('change-user', { userid, changes: { nickname: 'a' } }, SYSTEM_ACTOR),
      )
      return null
    } finally {
      await storage.close()
    }
  } catch (error) {
    expect([StartRefused, Refusal]).toContain((error as Error).constructor)
    return (error as Error).message
  }
}

const doctor = async (files: Files) =>
  (await examine(files))
    .filter(({ check, ok }) => !ok && check !== 'permissions')
    .map(({ detail }) => detail)
    .join('\n')

const LIBRARY = /SqliteError|Unsupported state|authenticate data|\bat .*\.ts:/

describe(`a damaged key file (seed ${SEED})`, () => {
  const flipFirst = (table: string, column: string) => (files: Files) => {
    const db = new Database(files.keys)
    const value = Buffer.from(db.prepare(`SELECT ${column} FROM ${table}`).pluck().get() as Buffer)
    value.writeUInt8(value.readUInt8(20) ^ 1, 20)
    db.prepare(`UPDATE ${table} SET ${column} = ?`).run(value)
    db.close()
  }

  it.each([
    [
      'the key of a person',
      flipFirst('subject_keys', 'wrapped'),
      /stored key subject:\S+ is damaged.*backup/,
    ],
    ['a secret', flipFirst('secrets', 'wrapped'), /stored key secret:csrf-key is damaged.*backup/],
    ['the check value', flipFirst('identity', 'check_value'), /or the file is damaged/],
    [
      'the header of the file',
      ({ keys }: Files) =>
        writeFileSync(keys, Buffer.concat([Buffer.alloc(16), readFileSync(keys).subarray(16)])),
      /keys\.db cannot be used: .*backup/,
    ],
  ])('with a bit flipped in %s is described by the doctor in a sentence', async (_, damage, told) => {
    const files = copy()
    damage(files)
    const said = await doctor(files)
    expect(said).toMatch(told)
    expect(said).not.toMatch(LIBRARY)
  })

  it('with a damaged key of a person stops the start with a sentence', async () => {
    const files = copy()
    flipFirst('subject_keys', 'wrapped')(files)
    expect(await use(files)).toMatch(/key of 1 subject is missing or damaged.*backup/)
  })

  it('is found by the doctor wherever a bit is flipped, or works as before', async () => {
    for (let time = 0; time < scale(24, 1_000); time += 1) {
      const files = copy()
      const bytes = readFileSync(files.keys)
      const at = random.below(bytes.length)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at)
      writeFileSync(files.keys, bytes)
      const said = await doctor(files)
      const refused = await use(files)
      if (said === '') expect(refused, `bit at ${at}`).toBeNull()
      else expect(said, `bit at ${at}`).not.toMatch(LIBRARY)
      if (refused !== null) expect(refused).not.toMatch(LIBRARY)
    }
  })
})
