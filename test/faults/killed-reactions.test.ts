import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import type { MongoAddress } from '../../src/log/mongodb/connection.ts'
import { openStorage, type Storage } from '../../src/storage/open.ts'
import { register } from '../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { type Child, killChildren, startChild } from './support/child.ts'
import type { ReactionsReport, ReactionsTask } from './support/reactions-child.ts'

const KILLS = scale(4, 50)
const NODE_KILLS = scale(3, 20)
const LONGEST = scale(300_000, 1_800_000)

describe(`a server that is killed while notices go out (seed ${SEED})`, () => {
  killing(KILLS, 1, () => null)
})

describeWithMongo(`the node that sends the notices is killed (seed ${SEED})`, (server) => {
  killing(NODE_KILLS, 2, () => ({ uri: server.uri, database: server.newDatabase() }))
})

/** Kills the process that runs the reactions again and again, and then counts what was sent. */
function killing(kills: number, processes: number, address: () => MongoAddress | null): void {
  const directories = Array.from({ length: processes + 1 }, temporaryDirectory)
  afterAll(() => {
    killChildren()
    for (const directory of directories) directory.remove()
  })

  it(
    `${kills}×: every notice is sent at least once, none is invented, and no cursor goes back`,
    async () => {
      const random = seeded(SEED)
      const masterKey = systemRandom(32)
      const mongodb = address()
      const sent = join(directories[processes]?.path ?? '', 'sent')
      const directoryOf = (index: number) => directories[index]?.path ?? expect.unreachable()
      const open = (): Promise<Storage> =>
        openStorage({ ...filesIn(directoryOf(0), masterKey), ...(mongodb ? { mongodb } : {}) })

      const setup = await open()
      const people: string[] = []
      for (let n = 0; n < 5; n += 1) {
        const { userid } = await register(setup, `person-${n}`, `person-${n}@example.org`)
        people.push(userid)
      }
      // The reactions begin here, so everything after it is theirs.
      const begin = setup.log.head().sequence
      const [last] = setup.log.eventsAt([begin])
      const now = Date.now()
      await setup.cursors.hold('setup', now, now + 60_000)
      await setup.cursors.advance('setup', now, 'notices', { sequence: begin, eventId: last?.id ?? null })
      await setup.cursors.release('setup')
      await setup.close()

      const start = (index: number, writes = true): Child<ReactionsReport> =>
        startChild<ReactionsReport>('reactions-child.ts', {
          directory: directoryOf(index),
          masterKey: Buffer.from(masterKey).toString('base64'),
          mongodb,
          sent,
          people,
          writes,
        } satisfies ReactionsTask)
      const cursors: number[] = []
      const collect = (child: Child<ReactionsReport>) => {
        child.process.on('message', (message: ReactionsReport) => {
          if (message.kind === 'cursor') cursors.push(message.sequence)
        })
        return child
      }

      const running = Array.from({ length: processes }, (_, index) => collect(start(index)))
      for (let kill = 0; kill < kills; kill += 1) {
        // The one that sends: the first to report that it sent something more.
        const sender = await Promise.race(
          running.map(async (child, index) => {
            await child.message(({ kind }) => kind === 'cursor', 'new')
            return index
          }),
        )
        await new Promise((resolve) => setTimeout(resolve, random.below(30)))
        running[sender]?.process.kill('SIGKILL')
        expect(await running[sender]?.ended).toBeNull()
        running[sender] = collect(start(sender))
      }
      for (const child of running) {
        await child.message(({ kind }) => kind === 'changed')
        child.process.send('stop')
        expect(await child.ended, child.output()).toBe(0)
      }

      // One more process, which only sends what is left.
      const finishing = start(0, false)
      await finishing.message(({ kind }) => kind === 'ready')
      const check = await open()
      const wanted = check.log
        .eventsAfter(begin, -1)
        .filter(({ type }) => type === 'PasswordSet')
        .map(({ id }) => id)
      const sentIds = () => (existsSync(sent) ? readFileSync(sent, 'utf8').split('\n').filter(Boolean) : [])
      await expect
        .poll(() => wanted.filter((id) => !new Set(sentIds()).has(id)), { timeout: 60_000, interval: 200 })
        .toEqual([])
      finishing.process.send('stop')
      expect(await finishing.ended, finishing.output()).toBe(0)
      await check.close()

      expect(sentIds().filter((id) => !new Set(wanted).has(id))).toEqual([])
      expect(cursors).toEqual([...cursors].sort((a, b) => a - b))
      console.log(`${kills} kills: ${wanted.length} notices, sent ${sentIds().length} times`)
    },
    LONGEST,
  )
}
