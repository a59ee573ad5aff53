import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { answerOf, countersign, runProcess } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { WEAK_KEYS } from '../support/weak-keys.ts'

const place = temporaryDirectory()
afterAll(() => place.remove())

const original = join(place.path, 'original')
beforeAll(async () => {
  for (const name of ['ada', 'bob']) await answerOf(original, ['user', 'create', '--username', name])
})

interface Case {
  name: string
  spoil: (directory: string) => void
  told: RegExp
  env?: Record<string, string>
}

const inDatabase = (directory: string, sql: string) => {
  const db = new Database(join(directory, 'oidc_op.db'))
  db.exec(sql)
  db.close()
}

const CASES: Case[] = [
  {
    name: 'A6 a missing master key',
    spoil: (directory) => rmSync(join(directory, 'master.key')),
    told: /^The master key is missing: neither OIDC_OP_MASTER_KEY nor .*master\.key holds it/,
  },
  {
    name: 'A6 another master key',
    spoil: () => undefined,
    told: /^The master key does not open .*keys\.db: it is not the one the keys were made with/,
    env: { OIDC_OP_MASTER_KEY: Buffer.from(systemRandom(32)).toString('base64') },
  },
  {
    name: 'a master key of the wrong length',
    spoil: (directory) => writeFileSync(join(directory, 'master.key'), 'c2hvcnQ=\n'),
    told: /^The master key in .*master\.key must be 32 bytes in base64/,
  },
  ...WEAK_KEYS.slice(0, 1).map(({ what, key, told }) => ({
    name: `A6 a master key that nobody drew at random: ${what}`,
    spoil: (directory: string) => writeFileSync(join(directory, 'master.key'), `${key.toString('base64')}\n`),
    told: new RegExp(`^The master key in .*master\\.key ${told}: it would protect nothing`),
  })),
  {
    name: 'a missing key file',
    spoil: (directory) => rmSync(join(directory, 'keys.db')),
    told: /holds a log, but its key file .*keys\.db is missing: restore it from a backup/,
  },
  {
    name: 'the key file of another log',
    spoil: (directory) => {
      const db = new Database(join(directory, 'keys.db'))
      db.exec(`UPDATE identity SET log = 'another'`)
      db.close()
    },
    told: /holds the keys of log another, but the log is/,
  },
  {
    name: 'a missing log',
    spoil: (directory) => rmSync(join(directory, 'oidc_op.db')),
    told: /keys\.db is there, but the log .*oidc_op\.db is missing: restore it from a backup/,
  },
  {
    name: 'a database newer than the program',
    spoil: (directory) =>
      inDatabase(directory, `INSERT INTO _migrations VALUES (999, '999_future.sql', '2099')`),
    told: /oidc_op\.db is newer than this program: it has 999_future\.sql/,
  },
  {
    name: 'the database of another program',
    spoil: (directory) => {
      rmSync(join(directory, 'oidc_op.db'))
      inDatabase(directory, 'CREATE TABLE cookies (id)')
    },
    told: /oidc_op\.db is a database of another program/,
  },
  {
    name: 'a file that is no database',
    spoil: (directory) =>
      writeFileSync(join(directory, 'oidc_op.db'), 'this is a text, not a database at all'),
    told: /oidc_op\.db cannot be used: file is not a database/,
  },
  {
    name: 'a database file that was cut off',
    spoil: (directory) => truncateSync(join(directory, 'oidc_op.db'), 12_288),
    told: /oidc_op\.db cannot be used: database disk image is malformed/,
  },
  {
    name: 'a log whose last commit is gone',
    spoil: (directory) => {
      const tables = ['commits', 'commands', 'events']
      const cut = tables.map(
        (table) => `DROP TRIGGER ${table}_stay; DELETE FROM ${table} WHERE position = 2;`,
      )
      inDatabase(directory, cut.join(''))
    },
    told: /^The log .*oidc_op\.db ends at position 1, but position 2 was on the disk: commits are missing.*countersign restore.*countersign log accept-loss/,
  },
  {
    name: 'a log whose last commit was changed',
    spoil: (directory) =>
      inDatabase(directory, `DROP TRIGGER events_keep; UPDATE events SET actor_id = 'x' WHERE sequence = 2`),
    told: /^The log is damaged at position 2: hash does not match the content/,
  },
]

const contents = (directory: string) =>
  readdirSync(directory)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort()
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ])

let copies = 0
function spoiltCopy({ spoil }: Case): string {
  copies += 1
  const directory = join(place.path, `copy-${copies}`)
  cpSync(original, directory, { recursive: true })
  spoil(directory)
  return directory
}

describe('the start is refused with one line, and nothing is written:', () => {
  it.each(CASES)('$name', async (spoilt) => {
    const directory = spoiltCopy(spoilt)
    const before = contents(directory)
    for (const args of [
      ['user', 'create', '--username', 'eve'],
      ['user', 'list'],
    ]) {
      const { code, stdout, stderr } = await countersign(directory, args, { env: spoilt.env ?? {} })
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(spoilt.told)
      expect(stderr.split('\n')).toHaveLength(2)
      expect(contents(directory)).toEqual(before)
    }
  })

  it('by the server too', async () => {
    const [missingKey] = CASES
    if (!missingKey) throw new Error('no case')
    const directory = spoiltCopy(missingKey)
    const before = contents(directory)
    const { code, stderr } = await runProcess(directory, ['serve'], { env: { OIDC_OP_PORT: '0' } })
    expect(code).toBe(1)
    expect(stderr).toMatch(missingKey.told)
    expect(stderr.split('\n')).toHaveLength(2)
    expect(contents(directory)).toEqual(before)
  })

  it('reading makes no installation where there is none', async () => {
    const directory = join(place.path, 'nothing')
    for (const args of [
      ['user', 'list'],
      ['events', 'export'],
      ['audit', 'verify'],
      ['projections', 'rebuild'],
      ['backup', join(place.path, 'b')],
    ]) {
      const { code, stderr } = await countersign(directory, args)
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `There is nothing at ${join(directory, 'oidc_op.db')} yet\n`,
      })
    }
    expect(readdirSync(place.path)).not.toContain('nothing')
  })
})
