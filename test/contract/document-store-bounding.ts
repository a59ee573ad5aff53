import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caps, evictionStep } from '../../src/documents/anonymous-kinds.ts'
import { refusalCode } from '../authn/refusals.ts'
import { type DocumentStoreUnderTest, MINUTE, times } from './document-store-under-test.ts'

/** Caps small enough for tests. */
export const TEST_CAPS: Caps = {
  request: { bytes: 64, perAddress: null, inAll: 32 },
  other: { bytes: 64, perAddress: null, inAll: 32 },
  open_count: { bytes: 0, perAddress: null, inAll: 32 },
}
const CAP = 32
const ANYBODYS = { anonymous: true } as const

/** States the laws of what anybody may write: it is bounded in size and number, and harms nothing else. */
export function boundingLaws(name: string, make: () => Promise<DocumentStoreUnderTest>): void {
  describe(`A10 ${name}: documents that anybody may write`, () => {
    let opened: DocumentStoreUnderTest
    beforeEach(async () => {
      opened = await make()
    })
    afterEach(() => opened.close())

    const soon = (n = 0) => opened.now() + MINUTE + n
    const living = async (kind: string, count: number) => {
      const found = await times(count, (n) => opened.store.find(kind, `key-${n}`))
      return found.flatMap((document, n) => (document === null ? [] : [n]))
    }

    const WRITES = {
      upsert: (n: number) => opened.store.upsert('request', `key-${n}`, n, soon(n), ANYBODYS),
      insertOnce: (n: number) => opened.store.insertOnce('request', `key-${n}`, n, soon(n), ANYBODYS),
      increment: (n: number) => opened.store.increment('open_count', `key-${n}`, 1, soon(n)),
    }
    it.each(Object.entries(WRITES))(
      '%s: keeps the newest of a kind, and never more than a step over its cap',
      async (method, write) => {
        const count = 3 * CAP + 1
        for (let n = 0; n < count; n += 1) await write(n)
        const left = await living(method === 'increment' ? 'open_count' : 'request', count)
        expect(left.length).toBeGreaterThanOrEqual(CAP)
        expect(left.length).toBeLessThan(CAP + evictionStep({ inAll: CAP }))
        expect(left).toEqual(Array.from({ length: left.length }, (_, n) => count - left.length + n))
      },
    )

    it('holds also when all write at once', async () => {
      await times(4 * CAP, WRITES.upsert)
      expect((await living('request', 4 * CAP)).length).toBeLessThan(CAP + evictionStep({ inAll: CAP }))
    })

    it('removes what ends first, in whatever order it was written', async () => {
      const count = 3 * CAP
      for (let n = count - 1; n >= 0; n -= 1) await WRITES.upsert(n)
      // The last ones written are older than all that are kept.
      const left = await living('request', count)
      expect(left.at(-1)).toBe(count - 1)
      expect(left.filter((n) => n >= count - CAP)).toHaveLength(CAP)
    })

    it('never removes what is somebody’s, of the same kind or another', async () => {
      await opened.store.upsert('request', 'owned', 'kept', soon(), { account: 'lusab', grant: 'g' })
      await opened.store.upsert('request', 'signed-in', 'before', soon(), ANYBODYS)
      await opened.store.upsert('request', 'signed-in', 'kept', soon(), { account: 'lusab' })
      await opened.store.upsert('other', 'elsewhere', 'kept', soon(), ANYBODYS)
      await opened.store.increment('count', 'somebodys', 5, soon())
      for (let n = 1; n < 3 * CAP; n += 1) await WRITES.upsert(n)
      for (let n = 1; n < 3 * CAP; n += 1) await WRITES.increment(n)
      const kept = [
        await opened.store.find('request', 'owned'),
        await opened.store.find('request', 'signed-in'),
        await opened.store.find('other', 'elsewhere'),
        await opened.store.find('count', 'somebodys'),
      ]
      expect(kept.map((document) => document?.payload)).toEqual(['kept', 'kept', 'kept', 5])
    })

    it('refuses what is too large for its kind, and nothing that somebody signed in writes', async () => {
      const large = 'x'.repeat(63)
      expect(await refusalCode(opened.store.upsert('request', 'a', large, soon(), ANYBODYS))).toBe(
        'invalid_input',
      )
      expect(await refusalCode(opened.store.insertOnce('request', 'a', large, soon(), ANYBODYS))).toBe(
        'invalid_input',
      )
      await opened.store.upsert('request', 'b', 'x'.repeat(62), soon(), ANYBODYS)
      await opened.store.upsert('request', 'c', large, soon(), { account: 'lusab' })
      expect(await opened.store.find('request', 'a')).toBeNull()
    })

    it('may be of no kind that has no caps', async () => {
      await expect(opened.store.upsert('uncapped', 'a', 1, soon(), ANYBODYS)).rejects.toThrow(TypeError)
    })
  })
}
