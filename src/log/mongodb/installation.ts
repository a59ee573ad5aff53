import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Collection } from 'mongodb'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { isDuplicateKey, isMongoFault } from '../../kernel/mongodb-faults.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { createMasterKeyFile, readMasterKeyFile } from '../keys/master-key.ts'
import { CHECK_NAME, CHECK_VALUE, KeyWrap } from '../keys/wrapping.ts'
import type { CommitDocument } from './commit-document.ts'
import { connectMongo, DURABLE, type MongoAddress, type MongoConnection } from './connection.ts'
import type { IdentityDocument } from './key-document.ts'
import { MongoKeyStore } from './key-store.ts'
import { assertTopology } from './topology.ts'

/** The files that a node of either back end keeps in its data directory, besides the master key. */
const OF_INSTALLATIONS = ['replica.db', 'oidc_op.db', 'keys.db']

/** The collection that holds the log. */
export const COMMITS = 'commits'
/** The collection of the entries that mark the database as an installation. */
export const INSTALLATION = 'installation'

/** Where the master key comes from: outside, or a file of this node. */
export interface MasterKeySource {
  masterKeyFile: string
  masterKey: Uint8Array | null
}

/** An installation on MongoDB, open. */
export interface MongoInstallation {
  connection: MongoConnection
  /** The id of the log. */
  log: string
  commits: Collection<CommitDocument>
  keys: MongoKeyStore
  /** Whether the server can announce new commits: replica sets and clusters can. */
  hasChangeStreams: boolean
  close(): Promise<void>
}

export interface LogDocument {
  _id: 'log'
  id: string
  created_at: string
}

/** The entry of a copy into this database that was begun. */
export interface CopyDocument {
  _id: 'copy'
  /** The id of the copy. */
  id: string
  log: string
  begun_at: string
}

/** Which parts of an installation exist. */
export interface Found {
  log: string | null
  commits: boolean
  identity: boolean
  /** A copy that is being made, or was interrupted. */
  copy: CopyDocument | null
}

/**
 * Opens an installation on MongoDB; makes a new one when there is nothing at all. Several nodes may do so at once.
 *
 * @throws StartRefused with one line, for a server that cannot keep the log's guarantees, a wrong or missing master
 *   key, and an installation with a missing part.
 */
export async function openMongoInstallation(
  address: MongoAddress,
  source: MasterKeySource,
  clock: Clock,
): Promise<MongoInstallation> {
  const connection = await connectMongo(address)
  try {
    const { hasChangeStreams } = await assertTopology(connection.client, address, COMMITS)
    const commits = connection.log.collection<CommitDocument>(COMMITS)
    const found = await findOrBegin(connection, address, source)
    const master = masterKeyFor(found, source)
    const log = found.log ?? (await ensureLog(connection, clock))
    // Made after the log: a key without a log means that a log was lost.
    const wrap = new KeyWrap(master ?? createMasterKeyFile(source.masterKeyFile))
    if (!found.identity) await ensureIdentity(connection, log, wrap)
    await assertIdentity(connection, log, wrap)
    await ensureIndexes(commits)
    return {
      connection,
      log,
      commits,
      keys: new MongoKeyStore(connection.keys, wrap, clock),
      hasChangeStreams,
      close: connection.close,
    }
  } catch (error) {
    await connection.close()
    if (isMongoFault(error))
      throw new StartRefused(`MongoDB cannot be used: ${error.message}`, { cause: error })
    throw error
  }
}

/**
 * Finds the installation in the database. If there is none, this node must hold no files of one either: a new one would
 * hide that the database was lost or replaced.
 */
async function findOrBegin(
  connection: MongoConnection,
  address: MongoAddress,
  source: MasterKeySource,
): Promise<Found> {
  const found = await inspect(connection)
  if (found.log) return found
  if (found.copy) return found.copy.id === address.unfinished ? { ...found, log: found.copy.log } : found
  // With a missing part, the caller says what is missing.
  if (found.commits || found.identity) return found
  const directory = dirname(source.masterKeyFile)
  const here = [source.masterKeyFile, ...OF_INSTALLATIONS.map((name) => join(directory, name))]
  const remnants = here.filter((path) => existsSync(path))
  if (remnants.length === 0) return found
  // Another process on this machine may have made both just now, the log first.
  const again = await inspect(connection)
  if (again.log) return again
  throw new StartRefused(
    `${remnants.join(', ')} of an installation ${remnants.length === 1 ? 'is' : 'are'} here, but the database ${address.database} holds no log: check where OIDC_OP_MONGODB_URI and OIDC_OP_MONGODB_DATABASE lead, restore the database, fill it with \`countersign log copy\`, or move them away to begin a new installation`,
  )
}

/** Finds the parts of an installation, in the reverse of the order in which another node may be making them. */
export async function inspect({ log, keys }: MongoConnection): Promise<Found> {
  const commit = await log.collection<CommitDocument>(COMMITS).findOne({}, { projection: { _id: 1 } })
  const identity = await keys.collection<IdentityDocument>('identity').findOne({ _id: 'identity' })
  const copy = await log.collection<CopyDocument>(INSTALLATION).findOne({ _id: 'copy' })
  const entry = await log.collection<LogDocument>(INSTALLATION).findOne({ _id: 'log' })
  return { log: entry?.id ?? null, commits: commit !== null, identity: identity !== null, copy }
}

/** Reads the master key, `null` when a new one is to be made. @throws StartRefused when a part is missing. */
function masterKeyFor(found: Found, source: MasterKeySource): Uint8Array | null {
  if (!found.log && found.copy) {
    throw new StartRefused(
      'The database holds an unfinished copy: repeat `countersign log copy`, which begins it again',
    )
  }
  if (!found.log && (found.commits || found.identity)) {
    throw new StartRefused('The database holds keys or commits, but no log: restore it from a backup')
  }
  if (found.commits && !found.identity) {
    throw new StartRefused(
      'The database holds a log, but the database of its keys is empty: restore it from a backup',
    )
  }
  const master = source.masterKey ?? readMasterKeyFile(source.masterKeyFile)
  if (!master && found.identity) {
    throw new StartRefused(
      `The master key is missing: neither OIDC_OP_MASTER_KEY nor ${source.masterKeyFile} holds it; every node needs the same one`,
    )
  }
  return master
}

/** Writes the entry that marks the database as an installation, unless there is one; returns the id of the log. */
export async function ensureLog({ log }: MongoConnection, clock: Clock, id = newId()): Promise<string> {
  const entries = log.collection<LogDocument>(INSTALLATION)
  await insertOnce(() => entries.insertOne({ _id: 'log', id, created_at: isoTime(clock()) }, DURABLE))
  const entry = await entries.findOne({ _id: 'log' })
  if (!entry) throw new StartRefused('The database does not keep what is written to it')
  return entry.id
}

/** Writes which log the keys belong to, unless it is written already. */
export async function ensureIdentity({ keys }: MongoConnection, log: string, wrap: KeyWrap): Promise<void> {
  const check = Buffer.from(wrap.wrap(CHECK_NAME, CHECK_VALUE))
  const identities = keys.collection<IdentityDocument>('identity')
  await insertOnce(() => identities.insertOne({ _id: 'identity', log, check_value: check }, DURABLE))
}

/** Checks that the keys belong to a log and that the master key opens them. @throws StartRefused when not. */
export async function assertIdentity({ keys }: MongoConnection, log: string, wrap: KeyWrap): Promise<void> {
  const identity = await keys.collection<IdentityDocument>('identity').findOne({ _id: 'identity' })
  if (identity?.log !== log) {
    throw new StartRefused(`The database of the keys belongs to log ${identity?.log}, but the log is ${log}`)
  }
  try {
    wrap.unwrap(CHECK_NAME, identity.check_value)
  } catch (cause) {
    throw new StartRefused(
      'The master key does not open the keys: every node needs the one they were made with',
      { cause },
    )
  }
}

// The unique indexes are alarms: the `_id` alone decides whose commit is at a position.
async function ensureIndexes(commits: Collection<CommitDocument>): Promise<void> {
  await commits.createIndex({ previous: 1 }, { unique: true, name: 'previous' })
  await commits.createIndex({ 'commands.id': 1 }, { unique: true, name: 'command' })
  await commits.createIndex({ 'events.stream': 1, _id: 1 }, { name: 'stream' })
}

async function insertOnce(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert()
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
}
