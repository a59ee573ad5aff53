import { StartRefused } from '../../kernel/start-refused.ts'
import { readMasterKeyFile } from '../keys/master-key.ts'
import { openForReading, type SqliteDatabase } from './database.ts'
import { isFilled } from './file-content.ts'
import { type InstallationPaths, refuseLeftovers } from './leftovers.ts'
import { refuseNewer } from './migrate.ts'

/** The paths of an installation's files, and the master key when it comes from outside. Plain data. */
export interface InstallationFiles extends InstallationPaths {
  /** 32 bytes, or `null` to use the master key file. */
  masterKey: Uint8Array | null
}

/** Which of the files exist, and whether the log holds any commits. */
export interface FoundFiles {
  database: boolean
  commits: boolean
  keys: boolean
}

/** Inspects the files without writing anything. @throws StartRefused for a foreign or newer database. */
export function inspectFiles(files: InstallationFiles): FoundFiles {
  const keys = isFilled(files.keys)
  if (!isFilled(files.database)) {
    return { database: false, commits: false, keys }
  }
  const db = openForReading(files.database)
  try {
    const tables = readTables(db)
    if (tables.length > 0 && !tables.includes('_migrations')) {
      throw new StartRefused(`${files.database} is a database of another program`)
    }
    refuseNewer(db)
    const commits =
      tables.includes('commits') && db.prepare('SELECT 1 FROM commits LIMIT 1').get() !== undefined
    // Checked again: another process may have made the keys together with the first commit meanwhile.
    return { database: true, commits, keys: keys || isFilled(files.keys) }
  } finally {
    db.close()
  }
}

/**
 * Checks that no part of an installation is missing: an empty new file in its place would hide the loss.
 *
 * @returns the master key, `null` when there is no installation yet.
 * @throws StartRefused with one line that says what is missing.
 */
export function requireComplete(files: InstallationFiles, found: FoundFiles): Uint8Array | null {
  if (!found.database) refuseLeftovers(files)
  const master = files.masterKey ?? readMasterKeyFile(files.masterKeyFile)
  if (!master && (found.keys || found.commits)) {
    throw new StartRefused(
      `The master key is missing: neither OIDC_OP_MASTER_KEY nor ${files.masterKeyFile} holds it, and the keys cannot be read without it`,
    )
  }
  if (found.commits && !found.keys) {
    throw new StartRefused(
      `${files.database} holds a log, but its key file ${files.keys} is missing: restore it from a backup`,
    )
  }
  return master
}

function readTables(db: SqliteDatabase): string[] {
  try {
    return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
  } catch (cause) {
    throw new StartRefused(`${db.name} is damaged or not a database`, { cause })
  }
}
