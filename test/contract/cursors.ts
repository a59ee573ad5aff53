import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReactionCursors } from '../../src/log/cursors.ts'
import type { InstallationUnderTest } from './storage-under-test.ts'

/** States the laws of the durable cursors, one per case; each back end runs them with its own factory. */
export function cursorContract(name: string, make: () => Promise<InstallationUnderTest>): void {
  describe(`${name}: cursors of reactions`, () => {
    let installation: InstallationUnderTest
    let a: ReactionCursors
    let b: ReactionCursors
    beforeEach(async () => {
      installation = await make()
      a = (await installation.open()).cursors
      b = (await installation.open()).cursors
    })
    afterEach(() => installation.close())
    const at = (sequence: number) => ({ sequence, eventId: `event-${sequence}` })

    it('give the lease to one of many processes that ask at once', async () => {
      const asked = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b).hold(`holder-${n}`, 100, 200)),
      )
      expect(asked.filter(Boolean)).toHaveLength(1)
    })

    it('leave the lease with its holder until it ends, and then give it to the first that asks', async () => {
      expect(await a.hold('a', 100, 200)).toBe(true)
      expect(await b.hold('b', 199, 300)).toBe(false)
      expect(await a.hold('a', 150, 250)).toBe(true)
      expect(await b.hold('b', 249, 300)).toBe(false)
      expect(await b.hold('b', 250, 350)).toBe(true)
      expect(await a.hold('a', 251, 351)).toBe(false)
    })

    it('do not leave the lease with a holder whose clock was far ahead', async () => {
      expect(await a.hold('a', 86_400_100, 86_400_200)).toBe(true)
      expect(await b.hold('b', 100, 200)).toBe(true)
      expect(await a.advance('a', 150, 'notices', at(1))).toBe(false)
    })

    it('free the lease at once when its holder releases it, and only then', async () => {
      await a.hold('a', 100, 200)
      await b.release('b')
      expect(await b.hold('b', 101, 201)).toBe(false)
      await a.release('a')
      expect(await b.hold('b', 102, 202)).toBe(true)
    })

    it('move forward only, and only under the lease', async () => {
      expect(await a.find('notices')).toBeNull()
      expect(await a.advance('a', 100, 'notices', at(3))).toBe(false)
      await a.hold('a', 100, 200)
      expect(await a.advance('a', 150, 'notices', at(3))).toBe(true)
      expect(await a.advance('a', 150, 'notices', at(3))).toBe(false)
      expect(await a.advance('a', 150, 'notices', at(2))).toBe(false)
      expect(await b.advance('b', 150, 'notices', at(9))).toBe(false)
      expect(await a.advance('a', 200, 'notices', at(9))).toBe(false)
      expect(await b.find('notices')).toEqual(at(3))
    })

    it('of one reaction do not move those of another', async () => {
      await a.hold('a', 100, 200)
      await a.advance('a', 100, 'notices', at(3))
      await a.advance('a', 100, 'purge-links', at(1))
      expect(await a.find('notices')).toEqual(at(3))
      expect(await a.find('purge-links')).toEqual(at(1))
    })

    it('record an event that was given up, once, and move past it', async () => {
      await a.hold('a', 100, 200)
      const event = { ...at(4), reason: 'TypeError' }
      expect(await a.park('a', 100, 'notices', event)).toBe(true)
      expect(await a.park('a', 100, 'notices', event)).toBe(false)
      expect(await b.parked('notices')).toEqual([event])
      expect(await b.countParked('notices')).toBe(1)
      expect(await b.find('notices')).toEqual(at(4))
      expect(await b.park('b', 100, 'notices', { ...at(5), reason: 'x' })).toBe(false)
    })

    it('go back only by a reset', async () => {
      await a.hold('a', 100, 200)
      await a.advance('a', 100, 'notices', at(9))
      expect(await b.reset('b', 100, 'notices', at(2))).toBe(false)
      expect(await a.reset('a', 100, 'notices', at(2))).toBe(true)
      expect(await a.find('notices')).toEqual(at(2))
    })
  })
}
