import { type Db, MongoClient, type MongoClientOptions } from 'mongodb'
import { systemClock } from '../../kernel/clock.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { watchHeartbeats } from './heartbeats.ts'
import { WEAKENING, withoutOptions } from './weakening.ts'

/** The address of an installation on MongoDB. Plain data; the string may hold a password. */
export interface MongoAddress {
  uri: string
  database: string
  /** The id of an unfinished copy that may be opened, to compare it before it is used. */
  unfinished?: string
  /** How long to wait for a database that does not answer yet, in milliseconds. By default, one try. */
  patience?: number
}

/** A connection with the guarantees that the log depends on. */
export interface MongoConnection {
  client: MongoClient
  /** The log and the short-lived state. */
  log: Db
  /** The subject keys and secrets: a separate database, which is backed up separately. */
  keys: Db
  close(): Promise<void>
}

/** How long to wait between two tries to connect, in milliseconds. */
const PAUSE = 500

/** The write concern of every write: acknowledged by a majority, in their journals. */
export const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const

/** `EX_CONFIG` of sysexits.h, as for every other setting that is wrong. */
const EXIT_CONFIG = 78

const OPTIONS: MongoClientOptions = {
  ...DURABLE,
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  retryWrites: true,
  retryReads: true,
  promoteBuffers: true,
  promoteLongs: true,
  promoteValues: true,
  ignoreUndefined: false,
  appName: 'countersign',
  maxPoolSize: 50,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 15_000,
  serverSelectionTimeoutMS: 5_000,
  // How soon the driver asks a server again after a broken connection; its default, half a second, is a long outage.
  minHeartbeatFrequencyMS: 50,
}

/** Makes a client with our options, without connecting. @throws StartRefused for an unusable connection string. */
export function mongoClient(uri: string, options: MongoClientOptions = {}): MongoClient {
  try {
    return new MongoClient(withoutOptions(uri, WEAKENING), { ...OPTIONS, ...options })
  } catch (cause) {
    // The driver's text may quote the string, and with it a password.
    throw new StartRefused('OIDC_OP_MONGODB_URI is not a usable connection string', {
      cause,
      exitCode: EXIT_CONFIG,
    })
  }
}

/**
 * Connects; waits for a database that starts more slowly than this node, as long as the address says.
 *
 * @param report called with one line when it begins to wait.
 * @throws StartRefused with one line when no server answers, and at once when one refuses.
 */
export async function connectMongo(
  address: MongoAddress,
  report: (line: string) => void = process.emitWarning,
): Promise<MongoConnection> {
  const until = systemClock() + (address.patience ?? 0)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connectOnce(address)
    } catch (error) {
      if (!(error instanceof StartRefused) || !isNoAnswer(error.cause) || systemClock() >= until) throw error
      if (attempt === 1) report(`${error.message}. Waiting for it`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }
}

/** Tells whether no server that can write has answered yet, as opposed to one that refused. */
function isNoAnswer(cause: unknown): boolean {
  return cause instanceof Error && /^Mongo(ServerSelection|Network|NotPrimary)/.test(cause.name)
}

async function connectOnce(address: MongoAddress): Promise<MongoConnection> {
  const client = mongoClient(address.uri)
  try {
    await client.connect()
    await client.db(address.database).command({ ping: 1 })
  } catch (cause) {
    await client.close()
    const hosts = client.options.srvHost ?? client.options.hosts.join(', ')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartRefused(`MongoDB at ${hosts} cannot be used: ${reason}`, { cause })
  }
  const unwatch = watchHeartbeats(client)
  return {
    client,
    log: client.db(address.database),
    keys: client.db(`${address.database}_keys`),
    close: () => {
      unwatch()
      return client.close()
    },
  }
}
