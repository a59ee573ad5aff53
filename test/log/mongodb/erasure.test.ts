import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { resumeErasures } from '../../../src/engine/erasure.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import type { Installation } from '../../../src/log/installation.ts'
import { type MongoInstallation, openMongoInstallation } from '../../../src/log/mongodb/installation.ts'
import { SqliteScrubber } from '../../../src/log/sqlite/scrubber.ts'
import { SqliteTransaction } from '../../../src/log/sqlite/transaction.ts'
import { createViews } from '../../../src/projections/views.ts'
import type { Writer } from '../../../src/storage/open.ts'
import { openWriter } from '../../../src/storage/open-writer.ts'
import { systemCommand } from '../../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../../support/installation.ts'
import { describeWithMongo } from '../../support/mongodb.ts'
import { storedBytes } from '../../support/stored-bytes.ts'

const USERID = 'lusab-babad'
const VALUES = ['ada-canary', 'Lovelace-canary', 'ada@canary.example.org', 'byron-canary']
const HOUR = 60 * 60_000

describeWithMongo('erasing a person from a shared log', (server) => {
  let directories: ReturnType<typeof temporaryDirectory>[]
  let writers: Writer[]
  let files: Installation & Required<Pick<Installation, 'mongodb'>>

  beforeEach(() => {
    directories = [temporaryDirectory(), temporaryDirectory()]
    writers = []
    const mongodb = { uri: server.uri, database: server.newDatabase() }
    files = { ...filesIn(directories[0]?.path ?? '', systemRandom(32)), mongodb }
  })
  afterEach(async () => {
    for (const writer of writers) await writer.close()
    for (const directory of directories) directory.remove()
  })

  async function open(index: number): Promise<Writer> {
    const directory = directories[index]?.path ?? expect.unreachable()
    const writer = await openWriter({ ...files, ...filesIn(directory, files.masterKey) }, () => undefined)
    writers.push(writer)
    return writer
  }

  async function live(writer: Writer): Promise<void> {
    const [username, family_name, email, nickname] = VALUES
    const input = { userid: USERID, username: username ?? '', family_name, email, nickname: 'old-canary' }
    await writer.engine.submit(systemCommand('register-user', input))
    await writer.engine.submit(systemCommand('change-user', { userid: USERID, changes: { nickname } }))
  }

  const found = (index: number) =>
    [...VALUES, 'old-canary'].filter((value) =>
      [...storedBytes(directories[index]?.path ?? '').values()].some((bytes) => bytes.includes(value)),
    )
  const reach = (writer: Writer, position: number) =>
    vi.waitFor(() => expect(writer.installation.log.head().position).toBe(position), {
      timeout: 5_000,
      interval: 10,
    })

  it('clears the files of every node', async () => {
    const [a, b] = [await open(0), await open(1)]
    await live(a)
    await reach(b, 2)
    expect([found(0), found(1)].map((values) => values.length > 0)).toEqual([true, true])
    await a.engine.submit(systemCommand('erase-user', { userid: USERID }))
    await reach(b, 3)
    await vi.waitFor(() => expect(found(1)).toEqual([]), { timeout: 5_000, interval: 20 })
    expect(found(0)).toEqual([])
  })

  it('is followed by a node that was away meanwhile', async () => {
    const [a, b] = [await open(0), await open(1)]
    await live(a)
    await reach(b, 2)
    await b.close()
    writers.splice(writers.indexOf(b), 1)
    await a.engine.submit(systemCommand('erase-user', { userid: USERID }))
    const again = await open(1)
    expect(again.installation.log.head().position).toBe(3)
    expect(found(1)).toEqual([])
  })

  describe('when the node that erased crashed before it destroyed the keys', () => {
    let shared: MongoInstallation
    let time: number
    beforeEach(async () => {
      time = systemClock()
      shared = await openMongoInstallation(files.mongodb, files, () => time)
    })
    afterEach(() => shared.close())

    /** The mark that such a node leaves, and what another node does about it. */
    async function settleLater(writer: Writer, command: string, key: string): Promise<void> {
      const { db, log } = writer.installation
      await shared.keys.markForDestruction([key], command)
      expect(await shared.keys.marked()).toEqual([])
      time += HOUR
      expect(await shared.keys.marked()).toEqual([{ id: key, command }])
      const deps = { views: createViews(db), log, keys: shared.keys, scrubber: new SqliteScrubber(db) }
      await resumeErasures({ ...deps, transaction: new SqliteTransaction(db) })
      expect(await shared.keys.marked()).toEqual([])
    }
    const keyOf = ({ installation }: Writer) =>
      (installation.db.prepare('SELECT key_id FROM events WHERE sequence = 1').pluck().get() as
        | string
        | undefined) ?? expect.unreachable()

    it('another node destroys them', async () => {
      const writer = await open(0)
      await live(writer)
      const key = keyOf(writer)
      const command = writer.installation.db
        .prepare('SELECT id FROM commands WHERE position = 2')
        .pluck()
        .get()
      await settleLater(writer, String(command), key)
      expect((await shared.keys.load([key])).size).toBe(0)
    })

    it('or unmarks them, when the erasure was never appended', async () => {
      const writer = await open(0)
      await live(writer)
      const key = keyOf(writer)
      await settleLater(writer, 'never-appended', key)
      expect((await shared.keys.load([key])).size).toBe(1)
    })

    it('but leaves the mark that another command has made as well', async () => {
      const writer = await open(0)
      await live(writer)
      const key = keyOf(writer)
      await shared.keys.markForDestruction([key], 'of another node')
      await shared.keys.markForDestruction([key], 'never-appended')
      await shared.keys.unmark([{ id: key, command: 'never-appended' }])
      time += HOUR
      expect(await shared.keys.marked()).toEqual([{ id: key, command: 'of another node' }])
    })
  })
})
