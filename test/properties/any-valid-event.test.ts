import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { CURRENT_EVENTS } from '../../src/events/catalogue.ts'
import type { RecordedEvent } from '../../src/events/envelope.ts'
import { digestOf, firstDifference } from '../../src/projections/compare.ts'
import { createProjector } from '../../src/projections/projector.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'
import { scale } from '../support/scale.ts'
import { SEED } from '../support/seeded.ts'
import { Dice } from './dice.ts'
import { type HistoryEvent, PossibleHistory } from './possible-history.ts'

const RUNS = scale(150, 10_000)
// Shrinking makes a history shorter, and keeps its beginning.
const anyHistory = fc.record({ seed: fc.nat(), steps: fc.integer({ min: 1, max: 400 }) })

describe('the projectors', () => {
  const seen = new Map<string, number>()
  let unreadable = 0

  afterAll(() => {
    const events = [...seen.values()].reduce((sum, count) => sum + count, 0)
    console.log(`any valid event: ${RUNS} histories, ${events} events, ${unreadable} of them unreadable`)
  })

  /** Folds a history in which the events for which `isErased` holds can no longer be opened. */
  function foldOf(events: readonly HistoryEvent[], isErased: (event: HistoryEvent) => boolean) {
    const sql = emptyReadModels()
    const projector = createProjector(sql)
    for (const event of events) {
      const readable = { ...event.header, erased: false, data: event.data } as RecordedEvent
      projector.apply(isErased(event) ? { ...event.header, erased: true, data: null } : readable)
    }
    return sql
  }

  it(
    `take any valid event in any order that a log can hold, and end alike when the erased ones are unreadable (seed ${SEED})`,
    () => {
      fc.assert(
        fc.property(anyHistory, ({ seed, steps }) => {
          const history = new PossibleHistory(new Dice(seed))
          for (let step = 0; step < steps; step += 1) history.step()
          const isErased = ({ sealedBy }: HistoryEvent) => sealedBy !== null && history.ended.has(sealedBy)
          for (const { header } of history.events) seen.set(header.type, (seen.get(header.type) ?? 0) + 1)
          unreadable += history.events.filter(isErased).length
          const live = foldOf(history.events, () => false)
          const fresh = foldOf(history.events, isErased)
          expect(firstDifference(live, fresh)).toBeNull()
          expect(digestOf(live)).toBe(digestOf(fresh))
          live.close()
          fresh.close()
        }),
        { numRuns: RUNS, seed: SEED },
      )
    },
    RUNS * 1_000,
  )

  it('have met every type there is', () => {
    expect(CURRENT_EVENTS.map(({ type }) => type).filter((type) => !seen.has(type))).toEqual([])
    expect(unreadable).toBeGreaterThan(0)
  })
})
