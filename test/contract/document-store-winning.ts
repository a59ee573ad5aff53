import { describe, expect, it } from 'vitest'
import { type DocumentStoreTest, MINUTE, times } from './document-store-under-test.ts'

/** States the laws of the methods that have one winner or an exact count. */
export function winningLaws(t: DocumentStoreTest): void {
  describe('insertOnce', () => {
    it('writes the first time and leaves the first untouched the second', async () => {
      expect(await t.store.insertOnce('replay', 'a', 'first', t.soon())).toBe(true)
      expect(await t.store.insertOnce('replay', 'a', 'second', t.soon() + 1)).toBe(false)
      expect((await t.store.find('replay', 'a'))?.payload).toBe('first')
      expect((await t.store.find('replay', 'a'))?.expiresAt).toBe(t.soon())
    })

    it('loses against a consumed document: it is still there', async () => {
      await t.store.insertOnce('replay', 'a', 1, t.soon())
      await t.store.consume('replay', 'a')
      expect(await t.store.insertOnce('replay', 'a', 2, t.soon())).toBe(false)
    })

    it('wins over an ended document and inherits nothing from it', async () => {
      await t.store.insertOnce('replay', 'a', 1, t.soon(), { account: 'lusab', grant: 'g', uid: 'u' })
      await t.store.consume('replay', 'a')
      t.advance(MINUTE)
      expect(await t.store.insertOnce('replay', 'a', 2, t.soon())).toBe(true)
      expect(await t.store.find('replay', 'a')).toEqual({ payload: 2, expiresAt: t.soon(), consumedAt: null })
      expect(await t.store.findByUid('replay', 'u')).toBeNull()
      expect(await t.store.revokeByGrant('g')).toBe(0)
    })

    it('has one winner among 20 at once, whose payload stays', async () => {
      const won = await times(20, (n) => t.store.insertOnce('replay', 'a', n, t.soon()))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await t.store.find('replay', 'a'))?.payload).toBe(won.indexOf(true))
    })

    it('has one winner of a second key among 20 at once', async () => {
      const won = await times(20, (n) => t.store.insertOnce('device', `key ${n}`, n, t.soon(), { uid: 'u' }))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await t.store.findByUid('device', 'u'))?.payload).toBe(won.indexOf(true))
    })

    it('has one winner among 20 at once over an ended document', async () => {
      await t.store.insertOnce('replay', 'a', 'ended', t.soon())
      t.advance(MINUTE)
      const won = await times(20, (n) => t.store.insertOnce('replay', 'a', n, t.soon()))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await t.store.find('replay', 'a'))?.payload).toBe(won.indexOf(true))
    })
  })

  describe('consume', () => {
    it('marks with the time and changes nothing else', async () => {
      await t.store.upsert('code', 'a', { scope: 'openid' }, t.soon(), { uid: 'u' })
      const expiresAt = t.soon()
      t.advance(7)
      expect(await t.store.consume('code', 'a')).toBe(true)
      const marked = { payload: { scope: 'openid' }, expiresAt, consumedAt: t.now() }
      expect(await t.store.find('code', 'a')).toEqual(marked)
      expect(await t.store.findByUid('code', 'u')).toEqual(marked)
    })

    it('keeps the time of the first mark', async () => {
      await t.store.upsert('code', 'a', 1, t.soon())
      await t.store.consume('code', 'a')
      const consumedAt = t.now()
      t.advance(7)
      expect(await t.store.consume('code', 'a')).toBe(false)
      expect((await t.store.find('code', 'a'))?.consumedAt).toBe(consumedAt)
    })

    it('is false for an absent document and makes none', async () => {
      expect(await t.store.consume('code', 'a')).toBe(false)
      expect(await t.store.find('code', 'a')).toBeNull()
    })

    it('has one winner among 20 at once', async () => {
      await t.store.upsert('code', 'a', 1, t.soon())
      const won = await times(20, () => t.store.consume('code', 'a'))
      expect(won.filter(Boolean)).toHaveLength(1)
    })
  })

  describe('take', () => {
    it('gives the document once', async () => {
      await t.store.upsert('challenge', 'a', { challenge: 'x' }, t.soon())
      expect(await t.store.take('challenge', 'a')).toEqual({
        payload: { challenge: 'x' },
        expiresAt: t.soon(),
        consumedAt: null,
      })
      expect(await t.store.take('challenge', 'a')).toBeNull()
      expect(await t.store.find('challenge', 'a')).toBeNull()
    })

    it('gives a consumed document with its mark', async () => {
      await t.store.upsert('challenge', 'a', 1, t.soon())
      await t.store.consume('challenge', 'a')
      expect((await t.store.take('challenge', 'a'))?.consumedAt).toBe(t.now())
    })

    it('has one winner among 20 at once', async () => {
      await t.store.upsert('challenge', 'a', 'prize', t.soon())
      const taken = await times(20, () => t.store.take('challenge', 'a'))
      expect(taken.filter((document) => document !== null)).toEqual([
        { payload: 'prize', expiresAt: t.soon(), consumedAt: null },
      ])
    })
  })

  describe('increment', () => {
    it('counts from 0, by any amount, each key by itself', async () => {
      expect(await t.store.increment('throttle', 'a', 1, t.soon())).toBe(1)
      expect(await t.store.increment('throttle', 'a', 5, t.soon())).toBe(6)
      expect(await t.store.increment('throttle', 'a', -2, t.soon())).toBe(4)
      expect(await t.store.increment('throttle', 'b', 1, t.soon())).toBe(1)
      expect(await t.store.increment('mail', 'a', 1, t.soon())).toBe(1)
    })

    it('is read as its count', async () => {
      await t.store.increment('throttle', 'a', 3, t.soon())
      expect(await t.store.find('throttle', 'a')).toEqual({
        payload: 3,
        expiresAt: t.soon(),
        consumedAt: null,
      })
      expect((await t.store.take('throttle', 'a'))?.payload).toBe(3)
    })

    it('keeps the end of the first call and starts again from 0 after it', async () => {
      await t.store.increment('throttle', 'a', 1, t.soon())
      t.advance(MINUTE - 1)
      expect(await t.store.increment('throttle', 'a', 1, t.soon())).toBe(2)
      t.advance(1)
      expect(await t.store.find('throttle', 'a')).toBeNull()
      expect(await t.store.increment('throttle', 'a', 1, t.soon())).toBe(1)
      expect((await t.store.find('throttle', 'a'))?.expiresAt).toBe(t.soon())
    })

    it('counts 50 at once exactly, each seeing its own count', async () => {
      const counts = await times(50, () => t.store.increment('throttle', 'a', 1, t.soon()))
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
    })

    it('starts one counter when 20 at once find an ended one', async () => {
      await t.store.increment('throttle', 'a', 100, t.soon())
      t.advance(MINUTE)
      const counts = await times(20, () => t.store.increment('throttle', 'a', 1, t.soon()))
      expect(Math.max(...counts)).toBe(20)
    })

    it('refuses to count a document with a payload and leaves it as it was', async () => {
      await t.store.upsert('code', 'a', 41, t.soon())
      await expect(t.store.increment('code', 'a', 1, t.soon())).rejects.toThrow(TypeError)
      expect((await t.store.find('code', 'a'))?.payload).toBe(41)
    })

    it('refuses an amount that is not whole', async () => {
      await expect(t.store.increment('throttle', 'a', 0.5, t.soon())).rejects.toThrow(RangeError)
      expect(await t.store.find('throttle', 'a')).toBeNull()
    })

    it('gives way to an upsert', async () => {
      await t.store.increment('throttle', 'a', 1, t.soon())
      await t.store.upsert('throttle', 'a', 'locked', t.soon())
      expect((await t.store.find('throttle', 'a'))?.payload).toBe('locked')
    })
  })
}
