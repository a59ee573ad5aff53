import { expect, it } from 'vitest'
import { FairQueue } from '../../src/authn/fair-queue.ts'

function drain(queue: FairQueue<string>): string[] {
  const items: string[] = []
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item)
  return items
}

it('lets parties take turns, each in its own order', () => {
  const queue = new FairQueue<string>(10)
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.push(item.slice(0, 1), item)
  expect(queue.size).toBe(6)
  expect(drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  expect(queue.size).toBe(0)
})

it('when full, it takes a place from the party with the most items for one with fewer, and for no other', () => {
  const queue = new FairQueue<string>(3)
  for (const item of ['a1', 'a2', 'a3']) expect(queue.push('a', item)).toBeNull()
  expect(queue.push('a', 'a4')).toBe('a4')
  expect(queue.push('b', 'b1')).toBe('a3')
  expect(queue.push('b', 'b2')).toBe('b2')
  expect(queue.push('c', 'c1')).toBe('a2')
  expect(queue.push('d', 'd1')).toBe('d1')
  expect(drain(queue)).toEqual(['a1', 'b1', 'c1'])
})

it('of no length takes nothing', () => {
  expect(new FairQueue<string>(0).push('a', 'a1')).toBe('a1')
})
