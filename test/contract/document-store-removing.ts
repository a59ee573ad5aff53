import { describe, expect, it } from 'vitest'
import { type DocumentStoreTest, MINUTE, times } from './document-store-under-test.ts'

/** States the laws of removing, revoking, sweeping and clearing. */
export function removingLaws(t: DocumentStoreTest): void {
  describe('remove and revoke', () => {
    it('removes a living document once', async () => {
      await t.store.upsert('session', 'a', 1, t.soon())
      expect(await t.store.remove('session', 'a')).toBe(true)
      expect(await t.store.remove('session', 'a')).toBe(false)
      expect(await t.store.find('session', 'a')).toBeNull()
    })

    it('revokes a grant over all kinds and nothing else', async () => {
      await t.store.upsert('code', 'a', 1, t.soon(), { account: 'lusab', grant: 'g' })
      await t.store.upsert('token', 'b', 2, t.soon(), { account: 'lusab', grant: 'g' })
      await t.store.insertOnce('refresh', 'c', 3, t.soon(), { grant: 'g', uid: 'u' })
      await t.store.upsert('token', 'd', 4, t.soon(), { account: 'lusab', grant: 'other' })
      await t.store.upsert('session', 'e', 5, t.soon(), { account: 'lusab' })
      expect(await t.store.revokeByGrant('g')).toBe(3)
      expect(await t.store.revokeByGrant('g')).toBe(0)
      const left = [
        await t.store.find('code', 'a'),
        await t.store.find('token', 'b'),
        await t.store.find('refresh', 'c'),
        await t.store.findByUid('refresh', 'u'),
        await t.store.find('token', 'd'),
        await t.store.find('session', 'e'),
      ]
      expect(left.map((document) => document?.payload ?? null)).toEqual([null, null, null, null, 4, 5])
    })

    it('revokes an account over all kinds and grants and nothing else', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { account: 'lusab' })
      await t.store.upsert('token', 'b', 2, t.soon(), { account: 'lusab', grant: 'g' })
      await t.store.insertOnce('token', 'c', 3, t.soon(), { account: 'babad', grant: 'g' })
      await t.store.upsert('challenge', 'd', 4, t.soon())
      expect(await t.store.revokeByAccount('lusab')).toBe(2)
      expect(await t.store.revokeByAccount('lusab')).toBe(0)
      const left = [
        await t.store.find('session', 'a'),
        await t.store.find('token', 'b'),
        await t.store.find('token', 'c'),
        await t.store.find('challenge', 'd'),
      ]
      expect(left.map((document) => document?.payload ?? null)).toEqual([null, null, 3, 4])
    })

    it('counts only what was living', async () => {
      await t.store.upsert('token', 'a', 1, t.soon(), { account: 'lusab', grant: 'g' })
      await t.store.upsert('token', 'b', 2, t.soon() + 1, { account: 'lusab', grant: 'g' })
      t.advance(MINUTE)
      expect(await t.store.revokeByGrant('g')).toBe(1)
      await t.store.upsert('token', 'c', 1, t.soon(), { account: 'lusab' })
      t.advance(MINUTE)
      expect(await t.store.revokeByAccount('lusab')).toBe(0)
    })

    it('lets no document of a revoked grant be consumed or taken', async () => {
      await t.store.upsert('code', 'a', 1, t.soon(), { grant: 'g' })
      await t.store.revokeByGrant('g')
      expect(await t.store.consume('code', 'a')).toBe(false)
      expect(await t.store.take('code', 'a')).toBeNull()
    })

    it('either wins or loses against a take at the same time, never both', async () => {
      await times(10, (n) => t.store.upsert('code', `key ${n}`, n, t.soon(), { grant: 'g' }))
      const [revoked, taken] = await Promise.all([
        t.store.revokeByGrant('g'),
        times(10, (n) => t.store.take('code', `key ${n}`)),
      ])
      expect(revoked + taken.filter((document) => document !== null).length).toBe(10)
    })
  })

  describe('deleteExpired and clear', () => {
    it('deletes at most the limit, then the rest, and no living document', async () => {
      await times(5, (n) => t.store.upsert('code', `ended ${n}`, n, t.soon()))
      await t.store.upsert('code', 'living', 'stays', t.soon() + 1)
      t.advance(MINUTE)
      expect(await t.store.deleteExpired(3)).toBe(3)
      expect(await t.store.deleteExpired(3)).toBe(2)
      expect(await t.store.deleteExpired()).toBe(0)
      expect((await t.store.find('code', 'living'))?.payload).toBe('stays')
    })

    it('clears everything, of all kinds', async () => {
      await t.store.upsert('session', 'a', 1, t.soon(), { account: 'lusab', grant: 'g', uid: 'u' })
      await t.store.increment('throttle', 'a', 1, t.soon())
      await t.store.clear()
      expect(await t.store.find('session', 'a')).toBeNull()
      expect(await t.store.findByUid('session', 'u')).toBeNull()
      expect(await t.store.increment('throttle', 'a', 1, t.soon())).toBe(1)
      expect(await t.store.revokeByAccount('lusab')).toBe(0)
    })
  })
}
