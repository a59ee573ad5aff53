import { describe, expect, it } from 'vitest'
import { keyPages } from '../../../src/maintenance/copy/key-pages.ts'

const batchOf = (id: string) => id.split('.')[0] ?? id
/** Ids of batches of the given sizes, in the order in which a store lists them. */
const idsOf = (sizes: readonly number[]) =>
  sizes.flatMap((size, batch) =>
    Array.from({ length: size }, (_, place) => `${String(batch).padStart(6, '0')}.${place}`),
  )

const SIZES = [
  [],
  [1],
  ...[1, 2, 127, 128, 129, 231, 232, 233, 255, 256, 257, 463, 464, 465, 1000].flatMap((count) => [
    Array.from({ length: count }, () => 1),
    [count],
    [1, count],
    [count, 1],
    [127, count, 1],
    [128, 128, count],
  ]),
]

describe('pages of keys', () => {
  it.each(SIZES.map((sizes) => ({ sizes, text: `${sizes.length}: ${sizes.slice(0, 4)}` })))(
    'hold all keys in their order, and no batch in part: batches of $text',
    ({ sizes }) => {
      const ids = idsOf(sizes)
      const pages = [...keyPages(ids, 128, batchOf)]
      expect(pages.flat()).toEqual(ids)
      const first = pages.map((page) => new Set(page.map(batchOf)))
      const seen = first.reduce((sum, batches) => sum + batches.size, 0)
      expect(seen).toBe(new Set(ids.map(batchOf)).size)
      for (const page of pages.slice(0, -1)) expect(page.length).toBeGreaterThanOrEqual(128)
    },
  )
})
