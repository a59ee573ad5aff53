import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CarefulClock } from '../../src/kernel/careful-clock.ts'
import { keepSwept, sweep } from '../../src/service/sweeper.ts'
import { MemoryDocuments } from '../authn/memory-documents.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What a wrong clock adds to the time. */
let wrong = 0
let faults: unknown[]
let warnings: string[]
let storeTime: (() => number) | null
let purged: number[]
let documents: MemoryDocuments
let sweeper: { stop(): Promise<void> }
const wall = () => Date.now() + wrong

beforeEach(() => {
  vi.useFakeTimers()
  wrong = 0
  faults = []
  warnings = []
  storeTime = null
  purged = []
  documents = new MemoryDocuments(wall)
  // The fake timers move only when they are told to: that is the steady clock.
  const begun = Date.now()
  sweeper = keepSwept({
    documents,
    clock: new CarefulClock(wall, () => Date.now() - begun),
    purgeLinks: async (endedBy) => void purged.push(endedBy),
    storeTime: async () => storeTime?.() ?? null,
    report: (error) => faults.push(error),
    warn: (text) => warnings.push(text),
  })
})
afterEach(async () => {
  await sweeper.stop()
  vi.useRealTimers()
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const keep = (key: string, length: number) => documents.upsert('session', key, key, wall() + length)
const isThere = async (key: string) => (await documents.find('session', key)) !== null

describe('the sweeper', () => {
  it('removes all that had ended by a time, however much, and nothing else', async () => {
    for (let n = 0; n < 1000; n += 1) await keep(`ended-${n}`, 1)
    await keep('living', HOUR)
    await sweep(documents, wall() + 1)
    expect(documents.size).toBe(1)
  })

  it('has the links cleared away every minute that ended an hour ago, also by the earliest of the clocks', async () => {
    await pass(11 * MINUTE)
    expect(purged).toEqual([wall() - MINUTE - HOUR, wall() - HOUR])
    storeTime = () => wall() - DAY
    await pass(MINUTE)
    expect(purged.at(-1)).toBe(wall() - DAY - HOUR)
  })

  it('removes within a minute what ended an hour ago, and nothing sooner', async () => {
    await pass(10 * MINUTE)
    await keep('a', MINUTE)
    await pass(HOUR)
    expect(documents.size).toBe(1)
    await pass(2 * MINUTE)
    expect(documents.size).toBe(0)
  })

  it('reports what goes wrong, and goes on', async () => {
    const failing = vi.spyOn(documents, 'deleteExpired').mockRejectedValueOnce(new Error('no disk'))
    await pass(10 * MINUTE)
    expect(faults).toStrictEqual([new Error('no disk')])
    failing.mockRestore()
    await keep('a', MINUTE)
    await pass(HOUR + 3 * MINUTE)
    expect(documents.size).toBe(0)
  })

  it('stops', async () => {
    await keep('a', MINUTE)
    await sweeper.stop()
    await pass(3 * HOUR)
    expect(documents.size).toBe(1)
  })
})

describe('a clock that was set ahead', () => {
  it.each([
    ['a minute', MINUTE],
    ['an hour', HOUR],
    ['most of a day', 20 * HOUR],
  ])('for %s: what had not ended is back when it is right again', async (_for, duration) => {
    await pass(HOUR)
    await keep('a', 2 * DAY)
    await documents.increment('throttle', 'ada', 7, wall() + 2 * DAY)
    wrong = 10 * DAY
    await pass(duration)
    expect(await isThere('a')).toBe(false)
    wrong = 0
    await pass(2 * MINUTE)
    expect(await isThere('a')).toBe(true)
    expect((await documents.find('throttle', 'ada'))?.payload).toBe(7)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/jumped ahead by 864\d{3} seconds/)
  })

  it.each([HOUR, DAY, 10 * DAY])('by %i ms: nothing issued then outlives its length', async (by) => {
    await pass(HOUR)
    wrong = by
    await pass(MINUTE)
    await keep('a', HOUR)
    expect(await isThere('a')).toBe(true)
    await pass(MINUTE)
    wrong = 0
    await pass(MINUTE)
    expect(await isThere('a')).toBe(false)
    // The time that it bears comes.
    await pass(by)
    expect(await isThere('a')).toBe(false)
  })

  it('is believed when it stays so for a day', async () => {
    await pass(HOUR)
    await keep('a', MINUTE)
    wrong = 3 * HOUR
    await pass(DAY - HOUR)
    expect(documents.size).toBe(0)
    await keep('b', MINUTE)
    await pass(2 * HOUR)
    expect(documents.size).toBe(0)
  })

  it('right before the start, and right again soon after it, removes nothing', async () => {
    await sweeper.stop()
    await keep('a', DAY)
    wrong = 10 * DAY
    const begun = Date.now()
    sweeper = keepSwept({
      documents,
      clock: new CarefulClock(wall, () => Date.now() - begun),
      purgeLinks: async () => undefined,
      storeTime: async () => null,
      report: (error) => faults.push(error),
      warn: (text) => warnings.push(text),
    })
    await pass(5 * MINUTE)
    wrong = 0
    await pass(2 * HOUR)
    expect(await isThere('a')).toBe(true)
  })
})

describe('a clock that was set back', () => {
  it('removes nothing that is right', async () => {
    await pass(HOUR)
    await keep('a', 5 * DAY)
    wrong = -DAY
    await pass(HOUR)
    expect(await isThere('a')).toBe(false)
    wrong = 0
    await pass(HOUR)
    expect(await isThere('a')).toBe(true)
  })
})

describe('where the database has a clock of its own', () => {
  it.each([
    ['the node is ahead from its start', 10 * DAY, 0],
    ['the database is ahead', 0, 10 * DAY],
  ])('%s: nothing is removed that one of the two says is there', async (_who, node, database) => {
    await sweeper.stop()
    const begun = Date.now()
    const real = () => Date.now()
    documents = new MemoryDocuments(real)
    await documents.upsert('session', 'a', 'a', real() + DAY)
    sweeper = keepSwept({
      documents,
      clock: new CarefulClock(
        () => Date.now() + node,
        () => Date.now() - begun,
      ),
      purgeLinks: async () => undefined,
      storeTime: async () => Date.now() + database,
      report: (error) => faults.push(error),
      warn: (text) => warnings.push(text),
    })
    await pass(2 * HOUR)
    expect(await isThere('a')).toBe(true)
    expect(faults).toStrictEqual([])
  })
})
