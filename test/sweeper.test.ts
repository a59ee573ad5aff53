import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepSwept, sweep } from '../src/sweeper.ts'
import { MemoryDocuments } from './authn/memory-documents.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function withEnded(count: number) {
  const documents = new MemoryDocuments(() => Date.now())
  for (let n = 0; n < count; n += 1) await documents.upsert('code', `ended-${n}`, null, Date.now() + 1)
  await documents.upsert('code', 'living', null, Date.now() + 3_600_000)
  vi.setSystemTime(Date.now() + 1)
  return documents
}

it('removes all that has ended, however much, and nothing else', async () => {
  const documents = await withEnded(1000)
  await sweep(documents)
  expect(documents.size).toBe(1)
})

it('does so every minute until it is stopped, and reports what goes wrong', async () => {
  const documents = await withEnded(3)
  const sweeper = keepSwept(documents, () => undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(documents.size).toBe(1)
  await sweeper.stop()
  const faults: unknown[] = []
  const failing = { deleteExpired: () => Promise.reject(new Error('no disk')) }
  const other = keepSwept(failing, (error) => faults.push(error))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(faults).toEqual([new Error('no disk'), new Error('no disk')])
  await other.stop()
})
