import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRepositories } from '../../src/accounts/repositories/repositories.ts'
import { generateUniqueUserid } from '../../src/kernel/userid.ts'
import { openStorage, openThreadedStorage } from '../../src/storage/open.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

let place: ReturnType<typeof temporaryDirectory>
let directory: string
let file: string
beforeEach(() => {
  place = temporaryDirectory()
  directory = join(place.path, 'data')
  file = join(place.path, 'backup')
})
afterEach(() => place.remove())

const run = (...args: string[]) => countersign(directory, args)
const answer = (...args: string[]) => answerOf(directory, args)
const ACTOR = { kind: 'system', id: 'test' } as const

async function storeSession(key: string): Promise<void> {
  const storage = await openStorage(filesIn(directory))
  await storage.documents.upsert('Session', key, { any: 'thing' }, Date.now() + 600_000)
  await storage.close()
}

async function isSessionThere(key: string): Promise<boolean> {
  const storage = await openStorage(filesIn(directory))
  const found = await storage.documents.find('Session', key)
  await storage.close()
  return found !== null
}

async function expectSound(): Promise<void> {
  expect(await run('audit', 'verify')).toMatchObject({ code: 0 })
  expect(await run('projections', 'verify')).toMatchObject({ code: 0 })
}

describe('backup and restore', () => {
  it('bring back what was there, begin an epoch and void what is short-lived', async () => {
    await answer('user', 'create', '--username', 'ada')
    const link = await answer('invite', 'create', '--username', 'bob')
    await storeSession('before')
    const before = await answer('events', 'list')
    const made = await answer('backup', file)
    expect(made).toMatchObject({ file, epoch: 1, position: 2, sequence: 2, master_key_included: false })

    await answer('user', 'create', '--username', 'lost')
    const restored = await answer('restore', file)
    expect(restored).toMatchObject({ log: made.log, epoch: 2, position: 3, sequence: 3 })
    expect(restored.kept).toHaveLength(2)
    for (const kept of restored.kept) expect(existsSync(kept)).toBe(true)

    const events = await answer('events', 'list')
    expect(events.slice(0, 2)).toEqual(before)
    expect(events.slice(2)).toMatchObject([
      { type: 'LogRestored', actor: { kind: 'cli' }, data: { from_epoch: 1, backup_sequence: 2 } },
    ])
    expect((await answer('user', 'list')).map(({ username }: { username: string }) => username)).toEqual([
      'ada',
    ])
    expect(await answer('invite', 'list')).toMatchObject([{ link_id: link.link_id, state: 'pending' }])
    expect(await isSessionThere('before')).toBe(false)
    await expectSound()
  })

  it('leave nothing beside what they say', async () => {
    await answer('user', 'create', '--username', 'ada')
    await answer('backup', file)
    expect(readdirSync(place.path).sort()).toEqual(['backup', 'data'])
    await answer('restore', file)
    const left = readdirSync(directory).filter((name) => !/-(wal|shm)$/.test(name))
    expect(left.map((name) => name.replace(/before-restore-.*/, 'before-restore')).sort()).toEqual([
      'keys.db',
      'keys.db.before-restore',
      'master.key',
      'oidc_op.db',
      'oidc_op.db.before-restore',
      'watermark',
    ])
  })

  it('hold a consistent pair of files while the service writes and erases', async () => {
    const storage = await openThreadedStorage(filesIn(directory), () => undefined)
    const { users } = createRepositories(storage, ACTOR)
    let writing = true
    let acknowledged = 0
    const load = async (name: string) => {
      for (let n = 0; writing; n += 1) {
        const userid = await generateUniqueUserid(users)
        await users.create({ userid, username: `${name}${n}`, given_name: 'Somebody' })
        acknowledged += 1
        if (n % 3 === 0) await users.delete(userid)
      }
    }
    const loads = Promise.all(['a', 'b', 'c', 'd'].map(load))
    while (acknowledged < 20) await new Promise(setImmediate)
    const backups = []
    for (let round = 0; round < 3; round += 1) backups.push(await answer('backup', `${file}${round}`))
    writing = false
    await loads
    await storage.close()

    for (const [round, made] of backups.entries()) {
      const target = join(place.path, `restored${round}`)
      mkdirSync(target)
      cpSync(join(directory, 'master.key'), join(target, 'master.key'))
      const restored = await answerOf(target, ['restore', `${file}${round}`])
      expect(restored).toMatchObject({ sequence: made.sequence + 1, epoch: 2, kept: [] })
      for (const verb of ['audit', 'projections']) {
        expect(await countersign(target, [verb, 'verify'])).toMatchObject({ code: 0 })
      }
      const events = await countersign(target, ['events', 'export', '--type', 'UserRegistered'])
      const count = (text: string) => events.stdout.split(text).length - 1
      expect(count('"type":"UserRegistered"')).toBeGreaterThan(10)
      expect(count('"given_name":"Somebody"')).toBeGreaterThan(0)
    }
  })

  it('raise the epoch above every one that is known of', async () => {
    await answer('user', 'create', '--username', 'ada')
    await answer('backup', file)
    expect(await answer('restore', file)).toMatchObject({ epoch: 2 })
    expect(await answer('restore', file)).toMatchObject({ epoch: 3 })
  })

  it('work after the loss of everything but the backup and the master key', async () => {
    await answer('user', 'create', '--username', 'ada', '--email', 'ada@example.org')
    await answer('backup', file)
    const masterKey = readFileSync(join(directory, 'master.key'), 'utf8').trim()
    const env = { OIDC_OP_MASTER_KEY: masterKey }
    const elsewhere = join(place.path, 'elsewhere')
    await answerOf(elsewhere, ['restore', file], { env })
    const users = await answerOf(elsewhere, ['user', 'list'], { env })
    expect(users).toMatchObject([{ username: 'ada', email: 'ada@example.org' }])
    expect(readdirSync(elsewhere)).not.toContain('master.key')
  })

  it('restore over files that are damaged beyond reading', async () => {
    await answer('user', 'create', '--username', 'ada')
    await answer('backup', file)
    writeFileSync(join(directory, 'oidc_op.db'), 'this was a database')
    const { kept } = await answer('restore', file)
    expect(kept.map((path: string) => readFileSync(path).includes('this was a database'))).toContain(true)
    await expectSound()
  })
})

describe('a backup', () => {
  it('tells nothing about people to whoever does not have the master key', async () => {
    const person = [
      '--email',
      'ada-here@example.org',
      '--given-name',
      'Adalgisa',
      '--family-name',
      'Overmars',
    ]
    await answer('user', 'create', '--username', 'ada-who-stays', ...person)
    await answer('user', 'create', '--username', 'bob-who-went')
    await answer('user', 'erase', 'bob-who-went')
    await storeSession('a-session')
    await answer('backup', file)
    const bytes = readFileSync(file)
    const masterKey = readFileSync(join(directory, 'master.key'), 'utf8').trim()
    const secrets = [masterKey, Buffer.from(masterKey, 'base64'), 'ada-who-stays', 'bob-who-went', ...person]
    expect(secrets.filter((secret) => bytes.includes(secret) && !String(secret).startsWith('--'))).toEqual([])
  })

  it('does not replace a file', async () => {
    await answer('user', 'create', '--username', 'ada')
    writeFileSync(file, 'precious')
    const { code, stderr } = await run('backup', file)
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${file} exists already; name another file\n` })
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  it('says so when it cannot be written', async () => {
    await answer('user', 'create', '--username', 'ada')
    const nowhere = join(place.path, 'nowhere', 'backup')
    const { code, stderr } = await run('backup', nowhere)
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${nowhere} cannot be written: ENOENT\n` })
  })
})

describe('restore refuses, and changes nothing:', () => {
  let before: unknown
  beforeEach(async () => {
    await answer('user', 'create', '--username', 'ada')
    await answer('backup', file)
    before = await answer('events', 'list')
  })

  async function expectRefused(reason: RegExp, ...args: string[]): Promise<void> {
    const files = readdirSync(directory).filter((name) => !/-(wal|shm)$/.test(name))
    const { code, stdout, stderr } = await run('restore', ...(args.length > 0 ? args : [file]))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(reason)
    expect(stderr.split('\n')).toHaveLength(2)
    expect(readdirSync(directory).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(files)
    expect(await answer('events', 'list')).toEqual(before)
  }

  it('while the service runs', async () => {
    const storage = await openThreadedStorage(filesIn(directory), () => undefined)
    try {
      await expectRefused(/is in use: stop the service first/)
    } finally {
      await storage.close()
    }
  })

  it('a file that is not there', () => expectRefused(/There is no file/, join(place.path, 'nothing')))

  it('a file that is no backup', async () => {
    writeFileSync(join(place.path, 'other'), 'something else altogether')
    await expectRefused(/other cannot be used: file is not a database/, join(place.path, 'other'))
    await expectRefused(/is not a backup of Countersign/, join(directory, 'oidc_op.db'))
  })

  it('a damaged backup', async () => {
    const db = new Database(file)
    db.exec(`UPDATE chunks SET bytes = CAST(replace(bytes, 'ada', 'eve') AS BLOB) WHERE name = 'log'`)
    db.exec(`UPDATE chunks SET bytes = substr(bytes, 1, 9000) WHERE name = 'log'`)
    db.close()
    await expectRefused(/is damaged: its log file is not what was backed up/)
  })

  it('a backup that another master key belongs to', async () => {
    const elsewhere = join(place.path, 'elsewhere')
    await answerOf(elsewhere, ['user', 'create', '--username', 'eve'])
    await answerOf(elsewhere, ['backup', `${file}2`])
    await expectRefused(/The master key does not open/, `${file}2`)
  })
})
