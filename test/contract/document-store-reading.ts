import { describe, expect, it } from 'vitest'
import { type DocumentStoreTest, MINUTE } from './document-store-under-test.ts'

/** States the laws of writing, reading and ending. */
export function readingLaws(t: DocumentStoreTest): void {
  describe('upsert and find', () => {
    it('finds what was written, payload, end and mark', async () => {
      const payload = { text: 'Zoë ☃ "quoted"', list: [1, 2.5, null, true], nested: { empty: {} } }
      await t.store.upsert('session', 'a', payload, t.soon())
      expect(await t.store.find('session', 'a')).toEqual({ payload, expiresAt: t.soon(), consumedAt: null })
    })

    it.each([['text'], [''], [0], [false], [null], [[]]])('keeps %j as payload', async (payload) => {
      await t.store.upsert('code', 'a', payload, t.soon())
      expect((await t.store.find('code', 'a'))?.payload).toEqual(payload)
    })

    it('finds nothing under a key that was never written', async () => {
      expect(await t.store.find('session', 'a')).toBeNull()
      expect(await t.store.findByUid('session', 'a')).toBeNull()
    })

    it('keeps the same key of two kinds apart', async () => {
      await t.store.upsert('code', 'a', 'a code', t.soon())
      await t.store.upsert('token', 'a', 'a token', t.soon())
      await t.store.remove('code', 'a')
      expect(await t.store.find('code', 'a')).toBeNull()
      expect((await t.store.find('token', 'a'))?.payload).toBe('a token')
    })

    it('takes any text as key, exactly', async () => {
      const keys = ['', ' ', 'a', 'A', 'ä', "'; DROP TABLE documents; --", '$where', 'x'.repeat(10_000)]
      for (const key of keys) await t.store.upsert('code', key, { key }, t.soon())
      const found = await Promise.all(keys.map((key) => t.store.find('code', key)))
      expect(found.map((document) => document?.payload)).toEqual(keys.map((key) => ({ key })))
    })

    it('replaces payload and end', async () => {
      await t.store.upsert('session', 'a', 'old', t.soon())
      await t.store.upsert('session', 'a', 'new', t.soon() + 1)
      expect(await t.store.find('session', 'a')).toEqual({
        payload: 'new',
        expiresAt: t.soon() + 1,
        consumedAt: null,
      })
    })

    it('keeps the mark of a consumed document', async () => {
      await t.store.upsert('code', 'a', 'old', t.soon())
      await t.store.consume('code', 'a')
      const consumedAt = t.now()
      t.advance(5)
      await t.store.upsert('code', 'a', 'new', t.soon())
      expect(await t.store.find('code', 'a')).toEqual({ payload: 'new', expiresAt: t.soon(), consumedAt })
      expect(await t.store.consume('code', 'a')).toBe(false)
    })

    it('keeps no mark of a document that had ended', async () => {
      await t.store.upsert('code', 'a', 'old', t.soon())
      await t.store.consume('code', 'a')
      t.advance(MINUTE)
      await t.store.upsert('code', 'a', 'new', t.soon())
      expect(await t.store.find('code', 'a')).toEqual({
        payload: 'new',
        expiresAt: t.soon(),
        consumedAt: null,
      })
    })

    it('replaces the index: what it no longer names neither finds nor revokes it', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { account: 'lusab', grant: 'g', uid: 'u' })
      await t.store.upsert('session', 'a', 2, t.soon())
      expect(await t.store.findByUid('session', 'u')).toBeNull()
      expect(await t.store.revokeByGrant('g')).toBe(0)
      expect(await t.store.revokeByAccount('lusab')).toBe(0)
      expect((await t.store.find('session', 'a'))?.payload).toBe(2)
    })

    it.each([[undefined], [() => 1]])(
      'refuses %s, which JSON cannot write, and keeps nothing',
      async (value) => {
        await expect(t.store.upsert('code', 'a', value, t.soon())).rejects.toThrow(TypeError)
        await expect(t.store.insertOnce('code', 'a', value, t.soon())).rejects.toThrow(TypeError)
        expect(await t.store.find('code', 'a')).toBeNull()
      },
    )

    it.each([[0.5], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses %s as end', async (expiresAt) => {
      await expect(t.store.upsert('code', 'a', 1, expiresAt)).rejects.toThrow(RangeError)
      await expect(t.store.insertOnce('code', 'a', 1, expiresAt)).rejects.toThrow(RangeError)
      await expect(t.store.increment('code', 'a', 1, expiresAt)).rejects.toThrow(RangeError)
      expect(await t.store.find('code', 'a')).toBeNull()
    })
  })

  describe('the end', () => {
    it('lives until the last millisecond and is absent at the end itself', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { uid: 'u' })
      t.advance(MINUTE - 1)
      expect((await t.store.find('session', 'a'))?.payload).toBe(1)
      expect((await t.store.findByUid('session', 'u'))?.payload).toBe(1)
      t.advance(1)
      expect(await t.store.find('session', 'a')).toBeNull()
      expect(await t.store.findByUid('session', 'u')).toBeNull()
    })

    it('an ended document can be neither consumed nor taken nor removed', async () => {
      await t.store.upsert('code', 'a', 1, t.soon())
      t.advance(MINUTE)
      expect(await t.store.consume('code', 'a')).toBe(false)
      expect(await t.store.take('code', 'a')).toBeNull()
      expect(await t.store.remove('code', 'a')).toBe(false)
    })

    it('what is written with an end in the past is absent at once', async () => {
      await t.store.upsert('code', 'a', 1, t.now())
      expect(await t.store.find('code', 'a')).toBeNull()
      expect(await t.store.insertOnce('code', 'a', 2, t.soon())).toBe(true)
    })
  })

  describe('the second key', () => {
    it('finds the document within its kind only', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { uid: 'u' })
      await t.store.upsert('device', 'a', 2, t.soon(), { uid: 'u' })
      expect((await t.store.findByUid('session', 'u'))?.payload).toBe(1)
      expect((await t.store.findByUid('device', 'u'))?.payload).toBe(2)
      expect(await t.store.findByUid('code', 'u')).toBeNull()
    })

    it('is not a first key, nor a first key a second', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { uid: 'u' })
      expect(await t.store.find('session', 'u')).toBeNull()
      expect(await t.store.findByUid('session', 'a')).toBeNull()
    })

    it('moves to the document that is written with it last; the former holder stays', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { uid: 'u' })
      await t.store.upsert('session', 'b', 2, t.soon(), { uid: 'u' })
      expect((await t.store.findByUid('session', 'u'))?.payload).toBe(2)
      expect((await t.store.find('session', 'a'))?.payload).toBe(1)
    })

    it('makes insertOnce lose against a living holder and win against an ended one', async () => {
      await t.store.upsert('device', 'a', 1, t.soon(), { uid: 'u' })
      expect(await t.store.insertOnce('device', 'b', 2, t.soon() + MINUTE, { uid: 'u' })).toBe(false)
      expect(await t.store.find('device', 'b')).toBeNull()
      t.advance(MINUTE)
      expect(await t.store.insertOnce('device', 'b', 3, t.soon(), { uid: 'u' })).toBe(true)
      expect((await t.store.findByUid('device', 'u'))?.payload).toBe(3)
    })

    it('goes with its document', async () => {
      await t.store.upsert('device', 'a', 1, t.soon(), { uid: 'u' })
      await t.store.take('device', 'a')
      expect(await t.store.findByUid('device', 'u')).toBeNull()
      expect(await t.store.insertOnce('device', 'b', 2, t.soon(), { uid: 'u' })).toBe(true)
    })
  })
}
