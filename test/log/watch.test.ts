import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LogWatch, watchLog } from '../../src/log/watch.ts'

const MINUTE = 60_000

let version: number
let asked: number
let watch: LogWatch
let signal: AbortController

beforeEach(() => {
  vi.useFakeTimers()
  version = 1
  asked = 0
  signal = new AbortController()
  const begun = Date.now()
  watch = watchLog(
    () => {
      asked += 1
      return version
    },
    () => Date.now() - begun,
  )
  asked = 0
})
afterEach(() => {
  watch.close()
  vi.useRealTimers()
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Waits for growth, and records whether it was notified. */
function waiting() {
  const state = { over: false }
  const promise = watch.changed(watch.generation, signal.signal).then(() => {
    state.over = true
  })
  return { state, promise }
}

describe('a watch on the log', () => {
  it('neither checks the file nor sets a timer while no reader waits', async () => {
    await pass(MINUTE)
    expect(asked).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('notifies a waiting reader of a write by another process within a tenth of a second', async () => {
    const { state } = waiting()
    await pass(MINUTE)
    expect(state.over).toBe(false)
    version += 1
    await pass(100)
    expect(state.over).toBe(true)
  })

  it.each([
    ['the log has grown', () => watch.notify()],
    ['they gave up', () => signal.abort()],
    ['the watch is closed', () => watch.close()],
  ])('rests again when %s', async (_why, end) => {
    const all = [waiting(), waiting(), waiting()]
    await pass(MINUTE)
    expect(vi.getTimerCount()).toBe(1)
    end()
    await Promise.all(all.map(({ promise }) => promise))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on for readers that still wait', async () => {
    const { state } = waiting()
    const other = new AbortController()
    const gaveUp = watch.changed(watch.generation, other.signal)
    other.abort()
    await gaveUp
    version += 1
    await pass(100)
    expect(state.over).toBe(true)
  })

  it('shows a write of another process to a reader that asks, without any that waits', async () => {
    const before = watch.generation
    version += 1
    await pass(10)
    expect(watch.generation).toBeGreaterThan(before)
  })

  it('checks the file once for many readers that ask at the same time', async () => {
    await pass(10)
    for (let n = 0; n < 1000; n += 1) expect(watch.generation).toBe(watch.generation)
    expect(asked).toBe(1)
  })

  it('misses nothing between reading and waiting', async () => {
    await pass(10)
    const generation = watch.generation
    version += 1
    const changed = watch.changed(generation, signal.signal)
    await pass(100)
    await expect(changed).resolves.toBeUndefined()
  })

  it('does not check a closed file', async () => {
    watch.close()
    await pass(MINUTE)
    expect(watch.generation).toBeGreaterThan(0)
    await watch.changed(watch.generation, signal.signal)
    expect(asked).toBe(0)
  })
})
