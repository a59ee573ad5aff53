import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isoTime, systemClock } from '../../src/kernel/clock.ts'
import { openSqliteInstallation, type SqliteInstallation } from '../../src/log/sqlite/installation.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { doubleNames, recordedEvents } from '../support/recorded-history.ts'
import { scale } from '../support/scale.ts'
import { SEED } from '../support/seeded.ts'
import { killChildren, startChild } from './support/child.ts'
import type { BatchReport, ManyWritersTask } from './support/many-writers-child.ts'

const PROCESSES = 8
const COMMANDS = scale(3_200, 32_000)

describe(`${PROCESSES} processes writing one installation at once (seed ${SEED})`, () => {
  const directory = temporaryDirectory()
  const reports: BatchReport[] = []
  let installation: SqliteInstallation

  beforeAll(async () => {
    const started = performance.now()
    const children = Array.from({ length: PROCESSES }, (_, index) => {
      const task: ManyWritersTask = {
        directory: directory.path,
        seed: SEED + index,
        commands: COMMANDS / PROCESSES,
        names: COMMANDS / 4,
      }
      return startChild<BatchReport>('many-writers-child.ts', task)
    })
    for (const child of children) {
      expect(await child.ended, child.output()).toBe(0)
      reports.push(...child.messages)
    }
    installation = openSqliteInstallation(filesIn(directory.path), isoTime(systemClock()))
    const seconds = (performance.now() - started) / 1000
    const { position, sequence } = installation.log.head()
    const refused = reports.reduce((sum, { refused }) => sum + (refused.already_exists ?? 0), 0)
    console.log(
      `8 writers: ${acknowledged().length} of ${COMMANDS} commands acknowledged, ${refused} refused as taken, ` +
        `${position} commits, ${sequence} events, ${seconds.toFixed(1)} s`,
    )
  }, 600_000)

  afterAll(() => {
    killChildren()
    installation?.close()
    directory.remove()
  })

  const acknowledged = () => reports.flatMap((report) => report.acknowledged)

  it('appends dense and linked commits', () => {
    expect(verifyChain(installation.log)).toEqual(installation.log.head())
  })

  it('keeps every acknowledged command exactly once, with the answer that was given, and no other', () => {
    const kept = installation.db.prepare('SELECT id, position, outcome FROM commands').all() as {
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
    expect(doubleNames(await recordedEvents(installation.log, installation.keys))).toEqual([])
  })

  it('leaves the read models as a fresh fold makes them', async () => {
    expect(await differenceFromLog(installation.db, installation.log, installation.keys)).toBeNull()
  }, 120_000)
})
