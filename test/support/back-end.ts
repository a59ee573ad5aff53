import { createHash } from 'node:crypto'
import type { MongoAddress } from '../../src/log/mongodb/connection.ts'

/** Names the database that goes with a data directory, in a run of the tests over MongoDB; else `null`. */
function databaseOf(directory: string): MongoAddress | null {
  const uri = process.env.COUNTERSIGN_TEST_MONGODB
  if (!uri) return null
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 24)
  return { uri, database: `test_${name}` }
}

/** What an installation in this directory has beside its files: an address, when the run is over MongoDB. */
export function backEndOf(directory: string): { mongodb?: MongoAddress } {
  const mongodb = databaseOf(directory)
  return mongodb ? { mongodb } : {}
}

/** The settings that choose the back end of the run, for a service with this data directory. */
export function backEndSettings(directory: string): Record<string, string> {
  const mongodb = databaseOf(directory)
  if (!mongodb) return {}
  return {
    OIDC_OP_STORAGE_BACKEND: 'mongodb',
    OIDC_OP_MONGODB_URI: mongodb.uri,
    OIDC_OP_MONGODB_DATABASE: mongodb.database,
  }
}
