import { expect } from 'vitest'
import { startReactions } from '../../src/reactions/reactions.ts'
import type { AppDeps } from '../../src/service/app-deps.ts'
import type { Storage } from '../../src/storage/open.ts'

/** Longer than any test moves its clock, so that the lease never ends in between. */
const LEASE = 100 * 365 * 86_400_000

/** Runs the reactions of a test application; they have begun when this resolves. */
export async function runTestReactions(storage: Storage, deps: AppDeps) {
  const running = startReactions({
    ...deps,
    cursors: storage.cursors,
    report: () => undefined,
    fault: (error) => {
      throw error
    },
    timing: { attempts: 2, firstRetry: 1, longestRetry: 2, lease: LEASE, renew: 3_600_000, gather: 1 },
  })
  const caughtUp = async () => {
    const end = storage.log.head().sequence
    const isCaughtUp = () =>
      running.status().every((status) => status.running && storage.log.head().sequence - status.lag >= end)
    await expect.poll(isCaughtUp).toBe(true)
  }
  await caughtUp()
  return { caughtUp, stop: () => running.stop() }
}
