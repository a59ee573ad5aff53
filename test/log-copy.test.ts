import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../src/commands/command.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { copyInstallation } from '../src/log-copy.ts'
import { type Installation, openStorage, type Storage } from '../src/storage.ts'
import { register, systemCommand } from './contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from './support/installation.ts'
import { describeWithMongo } from './support/mongodb.ts'

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

  it('is made into nothing only', async () => {
    const [first, second, shared] = [sqlite(), sqlite(), mongodb()]
    await fill(first)
    await using(second, async (storage) => register(storage, 'somebody'))
    await copyInstallation(first, shared)
    await expect(copyInstallation(first, shared)).rejects.toThrow(/holds an installation already/)
    await expect(copyInstallation(shared, second)).rejects.toThrow(/exists already/)
    await using(second, async ({ views }) => expect(views.users.byUsername('somebody')).not.toBeNull())
    expect(existsSync(`${second.database}.copying`)).toBe(false)
  })
})
