import { describe, expect, it } from 'vitest'
import {
  ANONYMOUS_KINDS,
  type AnonymousKind,
  type Cap,
  evictionStep,
} from '../../src/documents/anonymous-kinds.ts'
import { openSqliteDocuments } from './sqlite-fixture.ts'

const KINDS = Object.entries(ANONYMOUS_KINDS) as [AnonymousKind, Cap][]
const MEGABYTE = 1 << 20

describe.each(KINDS)('A10 the caps of %s', (kind, cap) => {
  it('are enforced by the store, at a hundredth of the number', async () => {
    const inAll = Math.ceil(cap.inAll / 100)
    const opened = await openSqliteDocuments({ [kind]: { ...cap, inAll } })
    const { store, writer } = opened
    const end = (n: number) => opened.now() + 60_000 + n
    for (let n = 0; n < 3 * inAll; n += 1) {
      if (cap.bytes === 0) await store.increment(kind, `key-${n}`, 1, end(n))
      else await store.upsert(kind, `key-${n}`, 'x'.repeat(cap.bytes - 2), end(n), { anonymous: true })
    }
    const kept = writer.prepare('SELECT count(*) FROM documents').pluck().get()
    expect(kept).toBeGreaterThanOrEqual(inAll)
    expect(kept).toBeLessThan(inAll + evictionStep({ inAll }))
    expect(await store.find(kind, 'key-0')).toBeNull()
    expect(await store.find(kind, `key-${3 * inAll - 1}`)).not.toBeNull()
    await opened.close()
  })
})

it('A10 all that anybody can make the service keep is less than 256 MB of payload', () => {
  const most = KINDS.reduce((sum, [, { bytes, inAll }]) => sum + Math.max(bytes, 64) * inAll, 0)
  expect(most).toBeLessThan(256 * MEGABYTE)
})
