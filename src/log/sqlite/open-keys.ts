import { existsSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { readMasterKeyFile } from '../keys/master-key.ts'
import { KeyWrap } from '../keys/wrapping.ts'
import type { InstallationFiles } from './inspection.ts'
import { SqliteKeyStore } from './key-store.ts'

/** Opens the keys of an installation that another thread or connection has open. */
export function openSqliteKeys(files: InstallationFiles, log: string): SqliteKeyStore {
  const master = files.masterKey ?? readMasterKeyFile(files.masterKeyFile)
  if (!master) throw new StartRefused(`The master key file ${files.masterKeyFile} is missing`)
  if (!existsSync(files.keys))
    throw new StartRefused(`The key file ${files.keys} is missing: restore it from a backup`)
  return SqliteKeyStore.open(files.keys, log, new KeyWrap(master))
}
