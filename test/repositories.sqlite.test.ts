import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { createRepositories } from '../src/repositories.ts'
import { openStorage } from '../src/storage.ts'
import { credentialRepositoryContract } from './contract/credential-repository.ts'
import { magicLinkRepositoryContract } from './contract/magic-link-repository.ts'
import type { RepositoriesUnderTest } from './contract/repositories-under-test.ts'
import { userRepositoryContract } from './contract/user-repository.ts'

async function onSqlite(): Promise<RepositoriesUnderTest> {
  // Only the date stands still: the store polls with real timers.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) })
  const directory = mkdtempSync(join(tmpdir(), 'repositories-'))
  const storage = await openStorage({
    database: join(directory, 'oidc_op.db'),
    keys: join(directory, 'keys.db'),
    masterKeyFile: join(directory, 'master.key'),
    masterKey: null,
  })
  return {
    repositories: createRepositories(storage, { kind: 'system', id: 'test' }),
    now: () => Date.now(),
    advance: (milliseconds) => {
      vi.setSystemTime(Date.now() + milliseconds)
    },
    eventTypes: () => storage.log.eventsBetween(0, Number.MAX_SAFE_INTEGER).map(({ type }) => type),
    storedBytes: () =>
      Buffer.concat(readdirSync(directory).map((file) => readFileSync(join(directory, file)))),
    close: async () => {
      await storage.close()
      rmSync(directory, { recursive: true })
      vi.useRealTimers()
    },
  }
}

userRepositoryContract('SQLite', onSqlite)
credentialRepositoryContract('SQLite', onSqlite)
magicLinkRepositoryContract('SQLite', onSqlite)
