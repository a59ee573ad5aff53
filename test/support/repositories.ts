import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { createRepositories } from '../../src/accounts/repositories/repositories.ts'
import type { Installation } from '../../src/log/installation.ts'
import { openStorage } from '../../src/storage/open.ts'
import type { RepositoriesUnderTest } from '../contract/repositories-under-test.ts'
import { filesIn, temporaryDirectory } from './installation.ts'

/** Opens repositories over a storage in a directory of its own, with a clock that only the test moves. */
export async function openRepositories(more: Partial<Installation> = {}): Promise<RepositoriesUnderTest> {
  // Only the date is frozen: the store polls with real timers.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) })
  const directory = temporaryDirectory()
  const storage = await openStorage({ ...filesIn(directory.path), ...more })
  return {
    repositories: createRepositories(storage, { kind: 'system', id: 'test' }),
    now: () => Date.now(),
    advance: (milliseconds) => {
      vi.setSystemTime(Date.now() + milliseconds)
    },
    eventTypes: () => storage.log.eventsBetween(0, Number.MAX_SAFE_INTEGER).map(({ type }) => type),
    storedBytes: () =>
      Buffer.concat(readdirSync(directory.path).map((file) => readFileSync(join(directory.path, file)))),
    close: async () => {
      await storage.close()
      directory.remove()
      vi.useRealTimers()
    },
  }
}
