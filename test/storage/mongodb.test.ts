import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { type Db, MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Installation } from '../../src/log/installation.ts'
import type { CommitDocument } from '../../src/log/mongodb/commit-document.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { acceptSharedLoss } from '../../src/maintenance/accept-shared-loss.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { register } from '../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'

describeWithMongo('a node of a shared log', (server) => {
  let directories: ReturnType<typeof temporaryDirectory>[]
  let open: Storage[]
  let client: MongoClient
  let database: Db
  let keys: Db
  let files: Installation & Required<Pick<Installation, 'mongodb'>>

  const newDirectory = () => {
    const directory = temporaryDirectory()
    directories.push(directory)
    return directory.path
  }
  const start = async (given: Installation = files) => {
    const storage = await openStorage(given)
    open.push(storage)
    return storage
  }
  /** The files of another node of the same installation. */
  const elsewhere = () => ({
    database: filesIn(newDirectory()).database,
    masterKeyFile: '/nowhere/master.key',
  })
  const commits = () => database.collection<CommitDocument>('commits')

  beforeEach(async () => {
    directories = []
    open = []
    client = await new MongoClient(server.uri).connect()
    const mongodb = { uri: server.uri, database: server.newDatabase() }
    database = client.db(mongodb.database)
    keys = client.db(`${mongodb.database}_keys`)
    files = { ...filesIn(newDirectory(), systemRandom(32)), mongodb }
  })
  afterEach(async () => {
    for (const storage of open) await storage.close()
    await client.close()
    for (const directory of directories) directory.remove()
  })

  const seconds = { timeout: 10_000, interval: 20 }

  it('tells the time of the database beside its own', async () => {
    const storage = await start()
    const here = systemClock()
    const there = await storage.storeTime()
    expect(Math.abs((there ?? 0) - here)).toBeLessThan(60_000)
  })

  it.each([
    [
      'a row put in by hand',
      "INSERT INTO user_groups (userid, group_name) SELECT userid, 'admin' FROM users",
    ],
    ['a changed row', "UPDATE users SET given_name = 'Mallory'"],
    ['a row that is gone', 'DELETE FROM users'],
    ['digests that are gone', 'DELETE FROM read_model_digests'],
  ])('makes its replica again that is damaged by %s, and says so', async (_, sql) => {
    const storage = await start()
    const { userid } = await register(storage, 'ada')
    const before = storage.views.users.byUserid(userid)
    await storage.close()
    open.pop()
    const db = new Database(files.database)
    db.exec(sql)
    db.close()
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const again = await start()
    expect(again.views.users.byUserid(userid)).toEqual(before)
    const told = warned.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('replica'))
    warned.mockRestore()
    const table = /INTO (\w+) |UPDATE (\w+)|FROM (\w+)/.exec(sql)?.slice(1).find(Boolean)
    expect(told).toEqual(
      table === 'read_model_digests' ? [] : [expect.stringContaining(`is damaged: ${table}: `)],
    )
  })

  describe('stops and says so', () => {
    it.each([
      ['a commit that it has seen is gone', () => commits().deleteOne({ _id: 2 }), /ends before position 2/],
      [
        'a commit that it has seen is another one',
        () => commits().updateOne({ _id: 2 }, { $set: { hash: Buffer.alloc(32) } }),
        /position 2 holds another commit/,
      ],
    ])('%s', async (_, change, reason) => {
      const storage = await start()
      await register(storage, 'ada')
      await register(storage, 'bob')
      expect(storage.condition()).toBeNull()
      await change()
      await vi.waitFor(() => expect(storage.condition()).toMatchObject({ halted: true }), seconds)
      expect(storage.condition()?.reason).toMatch(reason)
      await expect(register(storage, 'carl')).rejects.toMatchObject({ code: 'storage_failed' })
      expect(await commits().countDocuments({})).toBeLessThanOrEqual(2)
    })

    it.each([
      [
        'does not carry the hash of the one before',
        { previous: Buffer.alloc(32, 1) },
        /does not carry the hash/,
      ],
      ['does not hash to what it says', { time: '2000-01-01T00:00:00.000Z' }, /hash does not match/],
      ['was decided in the past', { epoch: 0 }, /epoch 0 after 1/],
    ])('the next commit %s', async (_, change, reason) => {
      const [a, b] = [
        await start(),
        await start({ ...filesIn(newDirectory(), files.masterKey), mongodb: files.mongodb }),
      ]
      const { position } = await register(a, 'ada')
      expect(await b.reached(position)).toBe(true)
      await a.close()
      open.splice(open.indexOf(a), 1)
      const last = await commits().findOne({ _id: 1 })
      const next = {
        ...last,
        _id: 2,
        id: 'forged',
        previous: last?.hash,
        hash: Buffer.alloc(32, 2),
        ...change,
      }
      await commits().insertOne({ ...next, commands: [], events: [] } as unknown as CommitDocument)
      await vi.waitFor(() => expect(b.condition()).toMatchObject({ halted: true }), seconds)
      expect(b.condition()?.reason).toMatch(reason)
      expect(b.log.head().position).toBe(1)
    })

    it('does not even start when the log ends before what its replica has seen', async () => {
      const storage = await start()
      await register(storage, 'ada')
      await register(storage, 'bob')
      await storage.close()
      open = []
      await commits().deleteOne({ _id: 2 })
      await expect(openStorage(files)).rejects.toThrow(
        /the log ends before position 2, which this node has seen/,
      )
    })
  })

  describe('makes its replica again', () => {
    it.each([
      ['it is lost', () => rmSync(files.database)],
      ['it is no database', () => writeFileSync(files.database, 'nonsense '.repeat(1000))],
      ['it is empty', () => writeFileSync(files.database, '')],
    ])('%s', async (_, damage) => {
      const before = await start()
      await register(before, 'ada')
      await register(before, 'bob')
      const head = before.log.head()
      await before.close()
      open = []
      for (const suffix of ['-wal', '-shm']) rmSync(files.database + suffix, { force: true })
      damage()
      const after = await start()
      expect(verifyChain(after.log)).toEqual(head)
      expect(after.views.users.byUsername('bob')?.username).toBe('bob')
    })

    it('it is of another log', async () => {
      const other = { ...files, mongodb: { ...files.mongodb, database: server.newDatabase() } }
      await (await openStorage({ ...files, ...elsewhere() })).close()
      const before = await start(other)
      await register(before, 'somebody-else')
      await before.close()
      open = []
      const after = await start()
      expect(after.log.head().position).toBe(0)
      expect(after.views.users.byUsername('somebody-else')).toBeNull()
    })
  })

  it('does not take away the replica of another node that is running', async () => {
    await register(await start(), 'ada')
    const other = { ...files, mongodb: { ...files.mongodb, database: server.newDatabase() } }
    await (await openStorage({ ...other, ...elsewhere() })).close()
    await expect(openStorage(other)).rejects.toThrow(/is no sound replica of this log, and is in use/)
    expect(open[0]?.views.users.byUsername('ada')?.username).toBe('ada')
  })

  describe('never begins a new installation where this node holds a part of one:', () => {
    it.each(['replica.db', 'oidc_op.db', 'keys.db', 'master.key'])('%s', async (name) => {
      const path = join(dirname(files.masterKeyFile), name)
      writeFileSync(
        path,
        name === 'master.key' ? Buffer.from(systemRandom(32)).toString('base64') : 'something',
      )
      await expect(openStorage(files)).rejects.toThrow(
        /here, but the database .* holds no log: check where OIDC_OP_MONGODB_URI and OIDC_OP_MONGODB_DATABASE lead/,
      )
      expect(await database.collection('installation').countDocuments()).toBe(0)
    })
  })

  describe('refuses to start', () => {
    const expectRefused = (given: Installation, text: RegExp) =>
      expect(openStorage(given)).rejects.toThrow(text)

    it('with another master key, or none', async () => {
      await register(await start(), 'ada')
      const directory = newDirectory()
      await expectRefused(
        { ...filesIn(directory, systemRandom(32)), mongodb: files.mongodb },
        /does not open the keys/,
      )
      await expectRefused({ ...filesIn(directory), mongodb: files.mongodb }, /master key is missing/)
      expect(existsSync(filesIn(directory).masterKeyFile)).toBe(false)
    })

    it('when the keys are gone', async () => {
      await register(await start(), 'ada')
      await keys.collection('identity').deleteMany({})
      await expectRefused(files, /the database of its keys is empty/)
    })

    it('when the log is gone and the keys are there', async () => {
      await start()
      await database.collection('installation').deleteMany({})
      await expectRefused(files, /holds keys or commits, but no log/)
    })

    it('with the keys of another log', async () => {
      await start()
      await keys.collection('identity').updateMany({}, { $set: { log: 'another' } })
      await expectRefused(files, /belongs to log another/)
    })
  })

  it('says that the database does not answer, and recovers by itself', async () => {
    const kill = server.kill ?? expect.unreachable('A server that is given cannot be killed')
    const storage = await start()
    await register(storage, 'ada')
    await kill()
    await vi.waitFor(
      () =>
        expect(storage.condition()).toEqual({
          reason: 'the database does not answer',
          halted: false,
          final: false,
        }),
      { timeout: 30_000, interval: 50 },
    )
    await expect(storage.documents.find('code', 'a')).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(storage.views.users.byUsername('ada')?.username).toBe('ada')
    await server.start()
    await vi.waitFor(() => expect(storage.condition()).toBeNull(), { timeout: 30_000, interval: 50 })
    await register(storage, 'bob')
  })

  it('I11 does not start while the key of somebody living is missing; the loss can be accepted by an event', async () => {
    const storage = await start()
    const { userid } = await register(storage, 'ada')
    await register(storage, 'bob')
    await storage.close()
    open = []
    const [registered] = await commits().find({}).sort({ _id: 1 }).toArray()
    const key = registered?.events[0]?.key_id ?? ''
    const [batch = '', place = '0'] = key.split('.')
    await keys
      .collection<{ _id: string }>('subject_keys')
      .updateOne({ _id: batch }, { $unset: { [`keys.${place}`]: 1 } })
    await expect(start()).rejects.toThrow(
      new RegExp(`key of 1 subject is missing or damaged.*user ${userid}.*accept-loss`),
    )
    const accepted = await acceptSharedLoss(files, files.mongodb, { kind: 'cli', id: 'operator' })
    expect(accepted).toMatchObject({ lost: [`user-${userid}`], head: { epoch: 2 } })
    const again = await start()
    expect(again.views.users.list(0, 10).map(({ username }) => username)).toEqual(['bob'])
  })
})
