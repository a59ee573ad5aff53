import { describe, expect, it } from 'vitest'
import { type DocumentStoreTest, MINUTE } from './document-store-under-test.ts'

const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What holds when the clock is set forward or back. */
export function clockLaws(t: DocumentStoreTest): void {
  const put = (key: string, length: number) =>
    t.store.upsert('session', key, key, t.now() + length, { account: 'lusab', grant: 'g', uid: `uid ${key}` })

  describe('under a clock that was ahead for a while', () => {
    it('what was there before is absent meanwhile, and back afterwards', async () => {
      await put('a', HOUR)
      await t.store.increment('throttle', 'a', 7, t.soon())
      t.advance(DAY)
      expect(await t.store.find('session', 'a')).toBeNull()
      expect(await t.store.find('throttle', 'a')).toBeNull()
      expect(await t.store.deleteExpired(250, t.now() - DAY - HOUR)).toBe(0)
      t.advance(-DAY)
      expect((await t.store.find('session', 'a'))?.payload).toBe('a')
      expect((await t.store.findByUid('session', 'uid a'))?.payload).toBe('a')
      expect((await t.store.find('throttle', 'a'))?.payload).toBe(7)
    })

    const asked: [string, () => Promise<unknown>, unknown][] = [
      ['find', () => t.store.find('session', 'a'), null],
      ['findByUid', () => t.store.findByUid('session', 'uid a'), null],
      ['consume', () => t.store.consume('session', 'a'), false],
      ['take', () => t.store.take('session', 'a'), null],
      ['remove', () => t.store.remove('session', 'a'), false],
      ['revokeByGrant', () => t.store.revokeByGrant('g'), 0],
      ['revokeByAccount', () => t.store.revokeByAccount('lusab'), 0],
      ['insertOnce', () => t.store.insertOnce('session', 'a', 'other', t.soon()), true],
      [
        'insertOnce with its second key',
        () => t.store.insertOnce('session', 'b', 'other', t.soon(), { uid: 'uid a' }),
        true,
      ],
    ]
    it.each(asked)(
      'what was issued then is absent once the clock is right: %s',
      async (_name, ask, answer) => {
        t.advance(DAY)
        await put('a', HOUR)
        expect((await t.store.find('session', 'a'))?.payload).toBe('a')
        t.advance(-DAY)
        expect(await ask()).toStrictEqual(answer)
      },
    )

    it('what is issued now takes its place, and is not consumed', async () => {
      t.advance(DAY)
      await put('a', HOUR)
      await t.store.consume('session', 'a')
      t.advance(-DAY)
      await put('a', HOUR)
      expect(await t.store.find('session', 'a')).toMatchObject({ payload: 'a', consumedAt: null })
    })

    it('who was throttled then stays so, but not for longer than from now', async () => {
      t.advance(DAY)
      await t.store.increment('throttle', 'a', 7, t.soon())
      t.advance(-DAY)
      expect((await t.store.find('throttle', 'a'))?.payload).toBe(7)
      expect(await t.store.increment('throttle', 'a', 1, t.soon())).toBe(8)
      expect(await t.store.find('throttle', 'a')).toMatchObject({ expiresAt: t.soon() })
      t.advance(MINUTE)
      expect(await t.store.find('throttle', 'a')).toBeNull()
    })

    it('what was issued then can be removed, and nothing else', async () => {
      await put('right', HOUR)
      t.advance(DAY)
      await put('a', HOUR)
      await put('b', HOUR)
      t.advance(-DAY)
      expect(await t.store.deleteIssuedAfter(t.now() + MINUTE, 1)).toBe(1)
      expect(await t.store.deleteIssuedAfter(t.now() + MINUTE, 250)).toBe(1)
      expect(await t.store.deleteIssuedAfter(t.now() + MINUTE, 250)).toBe(0)
      expect((await t.store.find('session', 'right'))?.payload).toBe('right')
      t.advance(DAY)
      expect(await t.store.find('session', 'a')).toBeNull()
    })
  })

  describe('between nodes whose clocks are a little apart', () => {
    it.each([1, MINUTE])('what the other issued %i ms later than now is there', async (apart) => {
      t.advance(apart)
      await put('a', HOUR)
      t.advance(-apart)
      expect((await t.store.find('session', 'a'))?.payload).toBe('a')
      expect(await t.store.consume('session', 'a')).toBe(true)
    })
  })

  describe('deleteExpired', () => {
    it('spares what ended after the time it is given', async () => {
      await t.store.upsert('code', 'a', 1, t.now() + MINUTE)
      await t.store.upsert('code', 'b', 1, t.now() + 2 * MINUTE)
      t.advance(HOUR)
      expect(await t.store.deleteExpired(250, t.now() - HOUR + MINUTE)).toBe(1)
      expect(await t.store.deleteExpired(250, t.now() - HOUR + MINUTE)).toBe(0)
    })
  })
}
