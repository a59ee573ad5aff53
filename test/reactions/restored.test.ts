import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { startReactions } from '../../src/reactions/reactions.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { register, systemCommand } from '../contract/storage-under-test.ts'
import { answerOf } from '../support/command-line.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'

let place: ReturnType<typeof temporaryDirectory>
let directory: string
beforeEach(() => {
  place = temporaryDirectory()
  directory = join(place.path, 'data')
})
afterEach(() => place.remove())

/** Runs the reactions over an installation while something happens; answers the events of which notices were sent. */
async function noticesWhile(work: (storage: Storage) => Promise<unknown>): Promise<string[]> {
  const storage = await openStorage(filesIn(directory))
  const sent: string[] = []
  const reactions = startReactions({
    ...storage,
    clock: systemClock,
    mail: { send: async ({ id = '' }) => void sent.push(id) },
    report: () => undefined,
    fault: (error) => {
      throw error
    },
    timing: { gather: 1 },
  })
  await expect.poll(() => reactions.status()).toMatchObject([{ running: true }])
  await work(storage)
  await expect.poll(() => reactions.status()).toMatchObject([{ lag: 0 }])
  await reactions.stop()
  await storage.close()
  return sent
}

it('a restore keeps the cursor where the backup has it: what followed is not repeated, what is new is not missed', async () => {
  const setPassword = (userid: string) =>
    systemCommand('set-password', { userid, password_hash: '$argon2id$x' })
  let ada = ''
  const before = await noticesWhile(async (storage) => {
    ada = (await register(storage, 'ada', 'ada@example.org')).userid
    await storage.commands.submit(setPassword(ada))
  })
  expect(before).toHaveLength(1)
  const file = join(place.path, 'backup')
  await answerOf(directory, ['backup', file])
  expect(await noticesWhile((storage) => storage.commands.submit(setPassword(ada)))).toHaveLength(1)
  await answerOf(directory, ['restore', file])
  const after = await noticesWhile((storage) => storage.commands.submit(setPassword(ada)))
  expect(after).toHaveLength(1)
  expect(before).not.toContain(after[0])
})
