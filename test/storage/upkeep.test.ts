import { statSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { openSqliteInstallation } from '../../src/log/sqlite/installation.ts'
import { openThreadedStorage } from '../../src/storage/open.ts'
import { type Upkeep, upkeepThread } from '../../src/storage/upkeep.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
const files = filesIn(place.path)
const installation = openSqliteInstallation(files, '2030-01-01T00:00:00.000Z')
afterAll(async () => {
  await installation.close()
  place.remove()
})

const opened: Upkeep[] = []
afterEach(() => {
  for (const upkeep of opened.splice(0)) upkeep.close()
})

function thread() {
  const faults: Error[] = []
  const upkeep = upkeepThread(files, installation.log.id, (error) => faults.push(error))
  opened.push(upkeep)
  return { upkeep, faults }
}

describe('the upkeep thread', () => {
  it('makes keys that are stored before they are handed out', async () => {
    const { upkeep } = thread()
    const made = await upkeep.makeKeys(3)
    const stored = await installation.keys.load(made.map(({ id }) => id))
    expect([...stored.keys()].sort()).toEqual(made.map(({ id }) => id).sort())
  })

  it('starts no more once it was closed, also when the stock of keys asks on', async () => {
    const { upkeep } = thread()
    await upkeep.makeKeys(1)
    upkeep.close()
    await expect(upkeep.makeKeys(1)).rejects.toThrow('after the end')
  })

  it('lets a writer close at once whose stock of keys is still being filled', async () => {
    const own = temporaryDirectory()
    const storage = await openThreadedStorage(filesIn(own.path), (error) => expect.unreachable(String(error)))
    const input = { userid: 'lusab-babad', username: 'ada' }
    await storage.commands.submit(command('register-user', input, SYSTEM_ACTOR))
    await storage.close()
    own.remove()
  }, 15_000)

  it('moves the journal into the database file while the writer has it open', async () => {
    const { upkeep, faults } = thread()
    const { db } = installation
    db.exec('CREATE TABLE filling (text TEXT)')
    const before = statSync(files.database).size
    db.prepare('INSERT INTO filling VALUES (hex(randomblob(200000)))').run()
    upkeep.checkpoint()
    // Tasks are done in order, so by the time these keys are there the journal is moved.
    await upkeep.makeKeys(1)
    expect(faults).toEqual([])
    expect(statSync(files.database).size).toBeGreaterThan(before + 200_000)
  })
})
