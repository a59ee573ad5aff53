import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Installation } from '../../src/log/installation.ts'
import { acceptDatabase } from '../../src/maintenance/accept-database.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { register } from '../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'

const SOON = Date.UTC(2099, 0, 1)

describeWithMongo('a database that was put back from a dump', (server) => {
  let directories: ReturnType<typeof temporaryDirectory>[]
  let client: MongoClient
  let node: () => Installation & { mongodb: NonNullable<Installation['mongodb']> }
  let restore: () => Promise<void>
  let nodes: Installation[]

  beforeEach(async () => {
    directories = []
    client = await new MongoClient(server.uri).connect()
    const masterKey = systemRandom(32)
    const mongodb = { uri: server.uri, database: server.newDatabase() }
    node = () => {
      const directory = temporaryDirectory()
      directories.push(directory)
      return { ...filesIn(directory.path, masterKey), mongodb }
    }
    nodes = [node(), node()]
    await using(nodes[0], async (storage) => {
      await register(storage, 'ada')
      await storage.documents.upsert('session', 'of-the-dump', { any: 'thing' }, SOON)
    })
    restore = await dump(mongodb.database)
    for (const each of nodes) {
      await using(each, async (storage) => {
        await register(storage, each === nodes[0] ? 'lost' : 'lost-too')
        await storage.documents.upsert('code', 'of-after', 'payload', SOON)
      })
    }
  })
  afterEach(async () => {
    await client.close()
    for (const directory of directories) directory.remove()
  })

  async function using<T>(
    files: Installation | undefined,
    work: (storage: Storage) => Promise<T>,
  ): Promise<T> {
    if (!files) throw new Error('no such node')
    const storage = await openStorage(files)
    try {
      return await work(storage)
    } finally {
      await storage.close()
    }
  }

  /** Copies both databases; answers what puts them back. */
  async function dump(database: string): Promise<() => Promise<void>> {
    const kept: { name: string; collection: string; documents: object[] }[] = []
    for (const name of [database, `${database}_keys`]) {
      for (const { name: collection } of await client.db(name).listCollections().toArray()) {
        kept.push({
          name,
          collection,
          documents: await client.db(name).collection(collection).find().toArray(),
        })
      }
    }
    return async () => {
      for (const { name, collection, documents } of kept) {
        await client.db(name).collection(collection).deleteMany({})
        if (documents.length > 0) await client.db(name).collection(collection).insertMany(documents)
      }
    }
  }

  const names = ({ views }: Storage) => views.users.list(0, 10).map(({ username }) => username)
  const accept = (files: Installation | undefined) => {
    if (!files?.mongodb) throw new Error('no such node')
    return acceptDatabase(files, files.mongodb, SYSTEM_ACTOR)
  }

  it('I10 I11 is noticed by every node that has seen more, which names what to do', async () => {
    await restore()
    for (const each of nodes) {
      await expect(openStorage(each)).rejects.toThrow(
        /the log ends before position \d, which this node has seen.* run `countersign restore --accept-database` once/,
      )
    }
  })

  it('begins an epoch and voids sessions, codes and tokens, as a restore of files does', async () => {
    await restore()
    expect(await accept(nodes[0])).toMatchObject({ epoch: 2, position: 2, sequence: 2 })
    for (const each of [...nodes, node()]) {
      await using(each, async (storage) => {
        expect(storage.log.head()).toMatchObject({ epoch: 2, position: 2 })
        expect(names(storage)).toEqual(['ada'])
        expect(storage.log.eventsAfter(1, 1)).toMatchObject([{ type: 'LogRestored' }])
        for (const [kind, key] of [
          ['session', 'of-the-dump'],
          ['code', 'of-after'],
        ] as const) {
          expect(await storage.documents.find(kind, key)).toBeNull()
        }
      })
    }
    await using(nodes[1], async (storage) => {
      await register(storage, 'new')
      expect(names(storage).sort()).toEqual(['ada', 'new'])
    })
  })

  it('raises the epoch above the one that this machine has seen', async () => {
    await restore()
    await accept(nodes[0])
    await restore()
    expect(await accept(nodes[0])).toMatchObject({ epoch: 3 })
  })

  it('stops a node that runs meanwhile, for good, and the next start of it goes on', async () => {
    const running = await openStorage(nodes[1] as Installation)
    await restore()
    await vi.waitFor(() => expect(running.condition()).toMatchObject({ halted: true, final: true }), {
      timeout: 20_000,
    })
    await accept(nodes[0])
    await running.close()
    await using(nodes[1], async (storage) => expect(names(storage)).toEqual(['ada']))
  })

  it('is not accepted while this machine works with its replica, nor with a damaged log', async () => {
    await restore()
    const fresh = node()
    const running = await openStorage(fresh)
    await expect(accept(fresh)).rejects.toThrow(/in use/)
    await running.close()
    const commits = client.db(fresh.mongodb.database).collection<{ _id: number }>('commits')
    await commits.updateOne({ _id: 1 }, { $set: { time: '2001-01-01T00:00:00.000Z' } })
    await expect(accept(nodes[0])).rejects.toThrow(/The log in the database is damaged at position 1/)
    expect(await commits.countDocuments()).toBe(1)
  })
})
