import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorage } from '../../src/storage/open.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, n) => (n * 37 + 11) % 256))
const place = temporaryDirectory()
const original = join(place.path, 'original')
beforeAll(async () => {
  await answerOf(original, ['user', 'create', '--username', 'ada'])
})
afterAll(() => place.remove())

const filled = (name: string) => (directory: string) => writeFileSync(join(directory, name), 'something')

/** What can be left where a log is missing: whatever it is, it must be named, and stay. */
const REMNANTS: Record<string, (directory: string) => void> = {
  'master.key': (directory) => cpSync(join(original, 'master.key'), join(directory, 'master.key')),
  'keys.db': (directory) => cpSync(join(original, 'keys.db'), join(directory, 'keys.db')),
  'replica.db': filled('replica.db'),
  'oidc_op.db.restoring': (directory) => writeFileSync(join(directory, 'oidc_op.db.restoring'), ''),
  'oidc_op.db.copying': filled('oidc_op.db.copying'),
  'keys.db.copying': filled('keys.db.copying'),
  'oidc_op.db.restore-019': filled('oidc_op.db.restore-019'),
  'keys.db.restore-019': filled('keys.db.restore-019'),
  'oidc_op.db.before-restore-2030': filled('oidc_op.db.before-restore-2030'),
  'keys.db.before-restore-2030': filled('keys.db.before-restore-2030'),
}

let count = 0
function directoryWith(prepare: (directory: string) => void): string {
  count += 1
  const directory = join(place.path, `copy-${count}`)
  mkdirSync(directory)
  prepare(directory)
  return directory
}

const names = (directory: string) =>
  readdirSync(directory)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort()

describe('a directory without a log never becomes a new installation while it holds', () => {
  it.each(Object.keys(REMNANTS))('%s', async (name) => {
    for (const log of ['missing', 'empty'] as const) {
      const directory = directoryWith(REMNANTS[name] as (directory: string) => void)
      if (log === 'empty') writeFileSync(join(directory, 'oidc_op.db'), '')
      const before = names(directory)
      for (const masterKey of name === 'master.key' ? [null] : [null, MASTER_KEY]) {
        await expect(openStorage(filesIn(directory, masterKey))).rejects.toMatchObject({
          name: 'StartRefused',
          message: expect.stringContaining(`${name}`),
        })
      }
      expect(names(directory)).toEqual(before)
      const { code, stderr } = await countersign(directory, ['user', 'list'])
      expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 })
      expect(stderr).toMatch(/is missing: restore it from a backup, or move away what is left/)
    }
  })

  it('a link that leads to a log which is not there', async () => {
    const directory = directoryWith((path) =>
      symlinkSync(join(path, 'elsewhere', 'log.db'), join(path, 'oidc_op.db')),
    )
    mkdirSync(join(directory, 'elsewhere'))
    await expect(openStorage(filesIn(directory, MASTER_KEY))).rejects.toThrow(
      /is a link to .*log\.db, which is missing/,
    )
    expect(existsSync(join(directory, 'elsewhere', 'log.db'))).toBe(false)
  })
})

it('a first start that dies at any of its files is repeated by the next one', async () => {
  for (const missing of [['master.key', 'keys.db'], ['keys.db']]) {
    const directory = directoryWith(() => undefined)
    await (await openStorage(filesIn(directory))).close()
    for (const name of missing) rmSync(join(directory, name))
    await (await openStorage(filesIn(directory))).close()
    expect(names(directory)).toEqual(['keys.db', 'master.key', 'oidc_op.db'])
  }
})

it('what a rebuild was interrupted in is removed by the next start, and what one works on stays', async () => {
  const directory = directoryWith(() => undefined)
  const { database } = filesIn(directory)
  await (await openStorage(filesIn(directory))).close()
  writeFileSync(`${database}.rebuild-left`, '')
  const worked = new Database(`${database}.rebuild-worked-on`)
  worked.exec('PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE rows (id)')
  await (await openStorage(filesIn(directory))).close()
  expect(names(directory).filter((name) => name.includes('.rebuild-'))).toEqual([
    'oidc_op.db.rebuild-worked-on',
  ])
  worked.close()
})
