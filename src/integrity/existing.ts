import { systemClock } from '../kernel/clock.ts'
import type { KeyStore } from '../log/keys/key-store.ts'
import { openMongoInstallation } from '../log/mongodb/installation.ts'
import { type ExistingLog, openExisting } from '../log/sqlite/existing.ts'
import { openKeys } from '../log/sqlite/installation.ts'
import { openExistingReplica } from '../log/sqlite/replica.ts'
import type { Installation } from '../storage/port.ts'

/** Opens the tables of this machine for reading only: the log itself, or the replica of a shared one. */
export function openExistingLog(files: Installation): ExistingLog {
  return files.mongodb ? openExistingReplica(files.database) : openExisting(files)
}

/** Opens the keys that go with a log. @throws StartRefused when they are missing, or others. */
export async function openExistingKeys(
  files: Installation,
  log: string,
): Promise<{ keys: KeyStore; close(): Promise<void> }> {
  if (files.mongodb) return openMongoInstallation(files.mongodb, files, systemClock)
  const keys = openKeys(files, log)
  return { keys, close: async () => keys.close() }
}
