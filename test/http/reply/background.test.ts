import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBackground } from '../../../src/http/reply/background.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('work after a reply', () => {
  it.each([
    ['the least', [0, 0], 250],
    ['a half', [128, 0], 1750],
    ['the most', [255, 255], 3249],
  ])('is put off by what chance says: %s', async (_what, bytes, delay) => {
    const background = createBackground(
      () => undefined,
      () => Uint8Array.from(bytes),
    )
    let begun = false
    background.later(async () => {
      begun = true
    })
    await vi.advanceTimersByTimeAsync(delay - 1)
    expect(begun).toBe(false)
    await vi.advanceTimersByTimeAsync(2)
    expect(begun).toBe(true)
  })

  it('begins at once when the service ends, with what it puts off itself', async () => {
    const faults: unknown[] = []
    const background = createBackground(
      (error) => faults.push(error),
      () => Uint8Array.of(255, 255),
    )
    const done: string[] = []
    background.later(async () => {
      done.push('first')
      background.later(async () => void done.push('second'))
    })
    background.later(async () => {
      throw new Error('broken')
    })
    await background.settled()
    expect(done).toEqual(['first', 'second'])
    expect(faults).toEqual([new Error('broken')])
    expect(vi.getTimerCount()).toBe(0)
  })
})
