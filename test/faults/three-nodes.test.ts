import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { digestOf } from '../../src/projections/compare.ts'
import type { Writer } from '../../src/storage/open.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { doubleNames, recordedEvents } from '../support/recorded-history.ts'
import { scale } from '../support/scale.ts'
import { SEED } from '../support/seeded.ts'
import { killChildren, startChild } from './support/child.ts'
import type { BatchReport, ManyWritersTask } from './support/many-writers-child.ts'

const NODES = 3
const COMMANDS = scale(1_500, 12_000)

describeWithMongo(`three nodes that write to one log at once (seed ${SEED})`, (server) => {
  const directories = Array.from({ length: NODES }, temporaryDirectory)
  const reports: BatchReport[] = []
  const nodes: Writer[] = []
  const acknowledged = () => reports.flatMap((report) => report.acknowledged)

  beforeAll(async () => {
    const masterKey = Buffer.from(systemRandom(32)).toString('base64')
    const mongodb = { uri: server.uri, database: server.newDatabase() }
    const started = performance.now()
    const children = directories.map(({ path }, index) => {
      const task: ManyWritersTask = {
        directory: path,
        seed: SEED + index,
        commands: COMMANDS / NODES,
        names: COMMANDS / 4,
        shared: { mongodb, masterKey },
      }
      return startChild<BatchReport>('many-writers-child.ts', task)
    })
    for (const child of children) {
      expect(await child.ended, child.output()).toBe(0)
      reports.push(...child.messages)
    }
    const seconds = (performance.now() - started) / 1000
    for (const { path } of directories) {
      const files = { ...filesIn(path, Buffer.from(masterKey, 'base64')), mongodb }
      nodes.push(await openWriter(files, () => undefined))
    }
    const { position, sequence } = node().log.head()
    const refused = reports.reduce((sum, report) => sum + (report.refused.already_exists ?? 0), 0)
    console.log(
      `3 nodes: ${acknowledged().length} of ${COMMANDS} commands acknowledged, ${refused} refused as taken, ` +
        `${position} commits, ${sequence} events, ${seconds.toFixed(1)} s`,
    )
  }, 600_000)

  afterAll(async () => {
    killChildren()
    for (const writer of nodes) await writer.close()
    for (const directory of directories) directory.remove()
  })

  const node = (index = 0) => nodes[index]?.installation ?? expect.unreachable()

  it('leaves every node with the same dense and linked commits', () => {
    const heads = nodes.map(({ installation }) => verifyChain(installation.log))
    expect(heads).toEqual(Array(NODES).fill(node().log.head()))
  })

  it('keeps every acknowledged command exactly once, with the answer that was given, and no other', () => {
    const kept = node().db.prepare('SELECT id, position, outcome FROM commands').all() as {
      id: string
      position: number
      outcome: string
    }[]
    const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1)
    expect(kept.map((row) => ({ ...row, outcome: JSON.parse(row.outcome) })).sort(byId)).toEqual(
      acknowledged().sort(byId),
    )
    expect(Object.keys(Object.assign({}, ...reports.map(({ refused }) => refused)))).toEqual([
      'already_exists',
    ])
  })

  it('gives no name to two people at once', async () => {
    expect(doubleNames(await recordedEvents(node().log, node().keys))).toEqual([])
  })

  it('leaves every node with the same tables, which are those of a fresh fold', async () => {
    expect(new Set(nodes.map(({ installation }) => digestOf(installation.db))).size).toBe(1)
    expect(await differenceFromLog(node().db, node().log, node().keys)).toBeNull()
  }, 120_000)
})
