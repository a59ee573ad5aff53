import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { digestOf } from '../../src/projections/compare.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { type Child, killChildren, startChild } from './support/child.ts'
import { DEATHS } from './support/deaths.ts'
import type { NodeReport, NodeTask } from './support/node-child.ts'

const ROUNDS = scale(1, 20)
const SERVER_KILLS = scale(2, 20)
/** How long a test may take, in milliseconds. */
const LONGEST = scale(300_000, 1_800_000)
/** Acknowledgements that each node still gives after the server came back. */
const SIGNS_OF_LIFE = 10

describeWithMongo(`nodes and a server that are killed under load (seed ${SEED})`, (server) => {
  const random = seeded(SEED)
  const directories = Array.from({ length: 3 }, temporaryDirectory)
  const masterKey = systemRandom(32)
  const reports: NodeReport[][] = []
  let database: string

  beforeAll(() => {
    database = server.newDatabase()
  })
  afterAll(() => {
    killChildren()
    for (const directory of directories) directory.remove()
  })

  function startNode(index: number, dies: NodeTask['dies'] = null): Child<NodeReport> {
    const mongodb = { uri: server.uri, database }
    const directory = directories[index]?.path ?? expect.unreachable()
    const child = startChild<NodeReport>('node-child.ts', {
      directory,
      mongodb,
      masterKey: Buffer.from(masterKey).toString('base64'),
      dies,
    } satisfies NodeTask)
    reports.push(child.messages)
    return child
  }

  async function stop(child: Child<NodeReport>): Promise<void> {
    child.process.send('stop')
    expect(await child.ended, child.output()).toBe(0)
  }

  it(
    `a node dies ${ROUNDS}× at each point of an append: ${DEATHS.join(', ')}`,
    async () => {
      const steady = [startNode(0), startNode(1)]
      for (const child of steady) await child.message(({ kind }) => kind === 'ready')
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const at of DEATHS) {
          const victim = startNode(2, { at, append: 2 + random.below(6) })
          expect(await victim.ended, victim.output()).toBeNull()
        }
      }
      for (const child of steady) await stop(child)
      await expectKept()
    },
    LONGEST,
  )

  it(
    `the server dies ${SERVER_KILLS}×, and every node goes on by itself`,
    async () => {
      const kill = server.kill ?? expect.unreachable('A server that is given cannot be killed')
      const nodes = [0, 1, 2].map((index) => startNode(index))
      for (const child of nodes) await child.message(({ kind }) => kind === 'ready')
      for (let round = 0; round < SERVER_KILLS; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 200 + random.below(600)))
        await kill()
        await server.start()
        const back = Date.now()
        for (const child of nodes) {
          for (let sign = 0; sign < SIGNS_OF_LIFE; sign += 1) {
            await child.message((message) => message.kind === 'acknowledged' && message.at > back, 'new')
          }
        }
      }
      for (const child of nodes) await stop(child)
      await expectKept()
    },
    LONGEST,
  )

  /** Every acknowledged command stands once, where it was said to; nothing stands that was refused for certain. */
  async function expectKept(): Promise<void> {
    const writers = []
    for (const { path } of directories) {
      const files = { ...filesIn(path, masterKey), mongodb: { uri: server.uri, database } }
      writers.push(await openWriter(files, () => undefined))
    }
    const [first] = writers
    const { db, log, keys } = first?.installation ?? expect.unreachable()
    const kept = db.prepare('SELECT id, position FROM commands').all() as { id: string; position: number }[]
    const positions = new Map(kept.map(({ id, position }) => [id, position]))
    const messages = reports.flat()
    const acknowledged = messages.filter((message) => message.kind === 'acknowledged')
    const refused = messages.filter((message) => message.kind === 'refused')
    console.log(
      `${acknowledged.length} acknowledged, ${refused.length} refused, ${kept.length} kept, ` +
        `at position ${log.head().position}`,
    )
    expect(positions.size).toBe(kept.length)
    expect(acknowledged.filter(({ id, position }) => positions.get(id) !== position)).toEqual([])
    expect(refused.filter(({ id, code }) => code !== 'outcome_unknown' && positions.has(id))).toEqual([])
    expect(verifyChain(log)).toEqual(log.head())
    expect(new Set(writers.map(({ installation }) => digestOf(installation.db))).size).toBe(1)
    expect(await differenceFromLog(db, log, keys)).toBeNull()
    for (const writer of writers) await writer.close()
  }
})
