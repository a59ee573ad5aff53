import { systemClock } from '../kernel/clock.ts'
import type { KeyStore } from './keys/key-store.ts'
import type { MongoAddress } from './mongodb/connection.ts'
import { type ExistingLog, openExistingReplica, openExistingSqliteLog } from './sqlite/existing-log.ts'
import type { InstallationFiles } from './sqlite/inspection.ts'
import { openSqliteKeys } from './sqlite/open-keys.ts'

/**
 * Where an installation is. Plain data that can cross threads. With an address of MongoDB, `database` is the
 * replica of this node, and `keys` is not used.
 */
export interface Installation extends InstallationFiles {
  mongodb?: MongoAddress
}

/** Opens the tables of this machine for reading only: the log itself, or the replica of a shared one. */
export function openExistingLog(files: Installation): ExistingLog {
  return files.mongodb ? openExistingReplica(files.database) : openExistingSqliteLog(files)
}

/** Opens the keys that belong to a log. @throws StartRefused when they are missing or belong to another log. */
export async function openExistingKeys(
  files: Installation,
  log: string,
): Promise<{ keys: KeyStore; close(): Promise<void> }> {
  if (files.mongodb) {
    // The driver takes a fifth of the memory of a server, so it is loaded only where it is used.
    const { openMongoInstallation } = await import('./mongodb/installation.ts')
    return openMongoInstallation(files.mongodb, files, systemClock)
  }
  const keys = openSqliteKeys(files, log)
  return { keys, close: async () => keys.close() }
}
