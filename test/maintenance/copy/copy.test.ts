import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import type { Installation } from '../../../src/log/installation.ts'
import { KeyWrap } from '../../../src/log/keys/wrapping.ts'
import { beginMongoInstallation } from '../../../src/log/mongodb/begun-installation.ts'
import { connectMongo, type MongoAddress } from '../../../src/log/mongodb/connection.ts'
import { type KeyBatch, placeOf } from '../../../src/log/mongodb/key-batch.ts'
import type { MarkDocument } from '../../../src/log/mongodb/key-document.ts'
import { copyInstallation } from '../../../src/maintenance/copy/copy.ts'
import type { CopyTarget } from '../../../src/maintenance/copy/port.ts'
import { openStorage, type Storage } from '../../../src/storage/open.ts'
import { openWriter } from '../../../src/storage/open-writer.ts'
import { register, systemCommand } from '../../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../../support/installation.ts'
import { describeWithMongo } from '../../support/mongodb.ts'

/** Where the copy is to break; it is made of steps of both ends. */
let broken: 'addKeys' | 'addSecret' | 'insertCommits' | 'writeDocuments' | 'finish' | null = null

const breakingAt =
  <A extends unknown[], R>(step: NonNullable<typeof broken>, work: (...args: A) => R) =>
  (...args: A): R => {
    if (broken === step) throw new Error('broken on the way')
    return work(...args)
  }

function breakable(target: CopyTarget): CopyTarget {
  const { keys, documents } = target
  return {
    ...target,
    keys: {
      add: breakingAt('addKeys', (added) => keys.add(added)),
      ensureSecret: breakingAt('addSecret', (name, value) => keys.ensureSecret(name, value)),
      markForDestruction: (ids, by) => keys.markForDestruction(ids, by),
    },
    documents: { ...documents, write: breakingAt('writeDocuments', (page) => documents.write(page)) },
    copyCommits: breakingAt('insertCommits', () => target.copyCommits()),
    finish: breakingAt('finish', () => target.finish()),
  }
}

vi.mock('../../../src/maintenance/copy/mongodb.ts', async (original) => {
  const real = await original<typeof import('../../../src/maintenance/copy/mongodb.ts')>()
  const open: typeof real.beginMongoTarget = async (...args) =>
    breakable(await real.beginMongoTarget(...args))
  return { ...real, beginMongoTarget: open }
})
vi.mock('../../../src/maintenance/copy/sqlite.ts', async (original) => {
  const real = await original<typeof import('../../../src/maintenance/copy/sqlite.ts')>()
  const open: typeof real.beginSqliteTarget = (...args) => breakable(real.beginSqliteTarget(...args))
  return { ...real, beginSqliteTarget: open }
})

const SOON = Date.UTC(2099, 0, 1)

describeWithMongo('copying a log', (server) => {
  let directories: ReturnType<typeof temporaryDirectory>[]
  let masterKey: Uint8Array

  beforeEach(() => {
    directories = []
    masterKey = systemRandom(32)
  })
  afterEach(() => {
    for (const directory of directories) directory.remove()
  })

  function sqlite(): Installation {
    const directory = temporaryDirectory()
    directories.push(directory)
    return filesIn(directory.path, masterKey)
  }
  const mongodb = (): Installation => ({
    ...sqlite(),
    mongodb: { uri: server.uri, database: server.newDatabase() },
  })

  async function using<T>(installation: Installation, work: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = await openStorage(installation)
    try {
      return await work(storage)
    } finally {
      await storage.close()
    }
  }

  /** A service with some history: people, one of them erased, a secret, and state of several kinds. */
  async function fill(installation: Installation): Promise<string> {
    return using(installation, async (storage) => {
      const { userid } = await register(storage, 'ada', 'ada@example.org')
      const gone = await register(storage, 'bob', 'bob@example.org')
      for (let n = 0; n < 150; n += 1) await register(storage, `person-${n}`)
      await storage.commands.submit(
        systemCommand('set-password', { userid, password_hash: '$argon2id$hash' }),
      )
      await storage.commands.submit(systemCommand('erase-user', { userid: gone.userid }))
      await storage.keys.ensureSecret('cookie-key', Buffer.from('cookie-secret'))
      await storage.documents.upsert('session', 'token', { userid }, SOON, { account: userid, uid: 'u' })
      await storage.documents.insertOnce('code', 'one', 'payload', SOON, { grant: 'g' })
      await storage.documents.consume('code', 'one')
      await storage.documents.increment('throttle', 'ada', 7, SOON)
      await storage.cursors.hold('node', 0, 60)
      await storage.cursors.advance('node', 0, 'notices', { sequence: 3, eventId: 'event-3' })
      return userid
    })
  }

  async function expectThere(installation: Installation, userid: string): Promise<void> {
    await using(installation, async (storage) => {
      expect(storage.views.users.byUserid(userid)).toMatchObject({
        username: 'ada',
        email: 'ada@example.org',
      })
      expect(storage.views.credentials.passwordOf(userid)).toMatchObject({ password_hash: '$argon2id$hash' })
      expect(storage.views.users.byUsername('bob')).toBeNull()
      expect(Buffer.from((await storage.keys.secret('cookie-key')) ?? []).toString()).toBe('cookie-secret')
      const { documents } = storage
      const session = { payload: { userid }, expiresAt: SOON, consumedAt: null }
      expect(await documents.find('session', 'token')).toEqual(session)
      expect(await documents.findByUid('session', 'u')).toEqual(session)
      expect(await documents.consume('code', 'one')).toBe(false)
      expect(await documents.increment('throttle', 'ada', 0, SOON)).toBe(7)
      expect(await documents.find('code', 'one')).toMatchObject({ payload: 'payload' })
      expect(await storage.cursors.find('notices')).toEqual({ sequence: 3, eventId: 'event-3' })
    })
  }

  it('there and back again: the same hash, the same tables, and everybody is still there', async () => {
    const [first, shared, last] = [sqlite(), mongodb(), sqlite()]
    const userid = await fill(first)
    const there = await copyInstallation(first, shared)
    await expectThere(shared, userid)
    const back = await copyInstallation(shared, last)
    await expectThere(last, userid)
    expect(back).toEqual(there)
    expect(there).toMatchObject({ keys: 151, secrets: 1, documents: 3 })
    const heads = [first, shared, last].map((end) => using(end, async ({ log }) => log.head()))
    expect(new Set((await Promise.all(heads)).map((head) => JSON.stringify(head))).size).toBe(1)
  })

  it('goes on where it ended: the copy takes new commands', async () => {
    const [first, shared] = [sqlite(), mongodb()]
    const userid = await fill(first)
    const { position } = await copyInstallation(first, shared)
    await using(shared, async (storage) => {
      const change = command('change-user', { userid, changes: { email: 'new@example.org' } }, SYSTEM_ACTOR)
      expect(await storage.commands.submit(change)).toMatchObject({ position: position + 1 })
      await storage.commands.submit(systemCommand('erase-user', { userid }))
      expect(storage.views.users.byUserid(userid)).toBeNull()
      expect(await storage.documents.find('session', 'token')).toBeNull()
    })
  })

  it('needs an empty target', async () => {
    const [first, second, shared] = [sqlite(), sqlite(), mongodb()]
    await fill(first)
    await using(second, async (storage) => register(storage, 'somebody'))
    await copyInstallation(first, shared)
    await expect(copyInstallation(first, shared)).rejects.toThrow(/holds an installation already/)
    await expect(copyInstallation(shared, second)).rejects.toThrow(/exists already/)
    await using(second, async ({ views }) => expect(views.users.byUsername('somebody')).not.toBeNull())
    expect(existsSync(`${second.database}.copying`)).toBe(false)
  })

  describe('keys that were made as batches are copied there and back again, whatever their number', () => {
    it.each([1, 127, 128, 129, 231, 232, 233, 257, 464])('%i people', async (count) => {
      const [first, second, third] = [mongodb(), sqlite(), mongodb()]
      const writer = await openWriter(first, () => undefined, true)
      const people = Array.from({ length: count }, (_, n) => ({
        userid: generateUserid(),
        username: `person-${n}`,
      }))
      await Promise.all(
        people.map((person) => writer.engine.submit(command('register-user', person, SYSTEM_ACTOR))),
      )
      await writer.close()
      const away = await copyInstallation(first, second)
      expect(away.keys).toBe(count)
      expect(await copyInstallation(second, third)).toEqual(away)
      await using(third, async ({ views }) => expect(views.users.list(0, 1000)).toHaveLength(count))
    })
  })

  describe('a copy that breaks', () => {
    const STEPS = ['addKeys', 'addSecret', 'insertCommits', 'writeDocuments', 'finish'] as const
    const ends = { sqlite, mongodb }

    it.each((['sqlite', 'mongodb'] as const).flatMap((to) => STEPS.map((step) => ({ to, step }))))(
      'to $to at $step leaves nothing that could be used, and can be repeated',
      async ({ to, step }) => {
        const from = ends[to === 'sqlite' ? 'mongodb' : 'sqlite']()
        const [target, other] = [ends[to](), ends[to]()]
        const userid = await fill(from)
        for (const each of [target, other]) {
          broken = step
          await expect(copyInstallation(from, each)).rejects.toThrow('broken on the way')
          broken = null
        }
        await copyInstallation(from, target)
        await expectThere(target, userid)
        // Where everything was cleared away again, a start begins something new.
        const opened = using(other, async ({ log }) => log.head().position)
        expect(['StartRefused', 0]).toContain(await opened.catch((error: Error) => error.name))
      },
    )

    it('by the end of the process is begun again by the next one, and is no installation until then', async () => {
      const [first, shared] = [sqlite(), mongodb()]
      const userid = await fill(first)
      const address = shared.mongodb as MongoAddress
      const begun = await beginMongoInstallation(address, 'a log', new KeyWrap(masterKey), systemClock)
      await begun.keys.add([{ id: 'left', key: systemRandom(32) }])
      await begun.connection.close()
      await expect(openStorage(shared)).rejects.toThrow(/unfinished copy: repeat `countersign log copy`/)
      await copyInstallation(first, shared)
      await expectThere(shared, userid)
    })

    it('is not cleared away where anything was written that no copy wrote', async () => {
      const [first, shared] = [sqlite(), mongodb()]
      await fill(first)
      const { uri, database } = shared.mongodb as MongoAddress
      const connection = await connectMongo({ uri, database })
      await connection.keys.collection('subject_keys').insertOne({ note: 'of somebody else' })
      await expect(copyInstallation(first, shared)).rejects.toThrow(
        /holds an installation already, or a part/,
      )
      expect(await connection.keys.collection('subject_keys').countDocuments()).toBe(1)
      await connection.close()
    })
  })

  it('I9 an erasure that a node died over is finished in the copy too', async () => {
    const [shared, last] = [mongodb(), sqlite()]
    const { uri, database } = shared.mongodb as MongoAddress
    const connection = await connectMongo({ uri, database })
    const batches = connection.keys.collection<KeyBatch>('subject_keys')
    const storage = await openStorage(shared)
    const { userid } = await register(storage, 'bob')
    await register(storage, 'ada')
    const key = storage.log.eventsAfter(0, 1)[0]?.key_id ?? ''
    const kept = await batches.findOne({ _id: placeOf(key).batch })
    const erase = command('erase-user', { userid }, SYSTEM_ACTOR)
    await storage.commands.submit(erase)
    await storage.close()
    await batches.updateOne({ _id: placeOf(key).batch }, { $set: { keys: kept?.keys ?? {} } })
    await connection.keys
      .collection<MarkDocument>('doomed_keys')
      .insertOne({ _id: `${key} ${erase.id}`, id: key, command: erase.id, at: systemClock() })
    await connection.close()
    await copyInstallation(shared, last)
    await using(last, async ({ keys }) => expect((await keys.load([key])).size).toBe(0))
  })
})
