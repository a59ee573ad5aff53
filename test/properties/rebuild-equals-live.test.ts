import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/catalogue.ts'
import { sealedValues } from '../../src/events/traces.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { verifyChain } from '../../src/log/verify.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { type OpenEngine, openEngine } from '../support/open-engine.ts'
import { doubleNames, recordedEvents } from '../support/recorded-history.ts'
import { scale } from '../support/scale.ts'
import { SEED } from '../support/seeded.ts'
import { Dice } from './dice.ts'
import { randomCommand } from './random-command.ts'

const RUNS = scale(40, 800)
const HOUR = 3_600_000

// Shrinking makes a history shorter, and keeps its beginning.
const anyHistory = fc.record({ seed: fc.nat(), steps: fc.integer({ min: 1, max: 80 }) })

describe('any history of commands, erasures among them', () => {
  const accepted = new Map<string, number>()
  let events = 0

  afterAll(() => {
    const never = COMMANDS.map(({ type }) => type).filter((type) => !accepted.has(type))
    console.log(`histories: ${RUNS} with ${events} events; never accepted: ${never.join(', ') || 'none'}`)
    expect(never).toEqual([])
  })

  /** Submits commands a few at a time, so that they share commits. */
  async function live(open: OpenEngine, dice: Dice, steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      open.advance(dice.pick([1, 1, 1, 1_000, 1_000, 1_000, HOUR / 2, 24 * HOUR]))
      const together = Array.from({ length: 1 + dice.below(4) }, () =>
        randomCommand(dice, open.views, open.now()),
      )
      await Promise.all(
        together.map(async (submitted) => {
          try {
            await open.engine.submit(submitted)
            accepted.set(submitted.type, (accepted.get(submitted.type) ?? 0) + 1)
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            expect(error.code, error.message).not.toMatch(/^(storage|outcome|overloaded)/)
          }
        }),
      )
    }
  }

  it(
    `leaves the read models as a fresh fold makes them, byte for byte (seed ${SEED})`,
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory, async ({ seed, steps }) => {
          const directory = temporaryDirectory('memory')
          const open = openEngine(filesIn(directory.path))
          const { db, log, keys } = open.installation
          try {
            await live(open, new Dice(seed), steps)
            events += log.head().sequence
            expect(await differenceFromLog(db, log, keys)).toBeNull()
            expect(verifyChain(log)).toEqual(log.head())
            const history = await recordedEvents(log, keys)
            expect(doubleNames(history)).toEqual([])
            const outcomes = db.prepare('SELECT outcome FROM commands').pluck().all().join('\n')
            const sealed = history.flatMap(sealedValues).filter(({ text }) => text.length >= 8)
            expect(sealed.filter(({ text }) => outcomes.includes(text))).toEqual([])
          } finally {
            await open.close()
            directory.remove()
          }
        }),
        { numRuns: RUNS, seed: SEED },
      )
    },
    RUNS * 3_000,
  )
})
