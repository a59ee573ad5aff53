import type { Collection, MongoClient } from 'mongodb'
import { StartRefused } from '../../kernel/start-refused.ts'
import { type MongoAddress, mongoClient } from './connection.ts'
import { withoutOptions } from './weakening.ts'

/** What one server says about itself, in its answer to `hello`. */
export interface ServerHello {
  host: string
  /** The name of its replica set; `null` for a standalone server or a router. */
  set: string | null
  /** Whether it is a router of a sharded cluster. */
  router: boolean
}

/**
 * Refuses a deployment that cannot keep the log's guarantees: addresses of different sets, of which the driver would
 * silently choose one, and a sharded commit collection, where neither the order of positions nor the unique indexes
 * hold.
 *
 * @throws StartRefused with one line.
 */
export async function assertTopology(
  client: MongoClient,
  address: MongoAddress,
  collection: string,
): Promise<{ hasChangeStreams: boolean }> {
  const hellos = await askEach(client, address.uri)
  const fault = topologyFault(hellos)
  if (fault) throw new StartRefused(`MongoDB cannot be used: ${fault}`)
  const isCluster = hellos.some(({ router }) => router)
  if (isCluster && (await isSharded(client.db(address.database).collection(collection)))) {
    throw new StartRefused(
      `MongoDB cannot be used: the collection ${address.database}.${collection} is sharded`,
    )
  }
  return { hasChangeStreams: isCluster || hellos.some(({ set }) => set !== null) }
}

/** The server's code for a collection that does not exist yet. */
const NO_COLLECTION = 26

async function isSharded(collection: Collection): Promise<boolean> {
  try {
    const shards = await collection.aggregate([{ $collStats: { storageStats: {} } }]).toArray()
    return shards.length > 1 || shards.some(({ storageStats }) => storageStats?.sharded === true)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NO_COLLECTION) return false
    throw error
  }
}

/** Finds the fault in what the servers of an address list say; a list of one may be anything. `null` when sound. */
export function topologyFault(hellos: readonly ServerHello[]): string | null {
  if (hellos.length < 2) return null
  const kinds = new Map(hellos.map((hello) => [hello.router ? 'router' : `set ${hello.set}`, hello]))
  if (kinds.size > 1) {
    const said = [...kinds].map(([kind, { host }]) => `${host} is of ${kind === 'set null' ? 'none' : kind}`)
    return `the addresses belong to different deployments (${said.join(', ')})`
  }
  const [kind] = [...kinds.keys()]
  return kind === 'set null' ? 'several addresses are given, but the servers form no replica set' : null
}

/** Asks each server of the address list; one that does not answer may be down, and is left out. */
async function askEach(client: MongoClient, uri: string): Promise<ServerHello[]> {
  const { hosts, srvHost } = client.options
  // A list that comes from DNS is one deployment by definition, and the driver follows it as it changes.
  if (srvHost || hosts.length < 2) return [helloOf('', await client.db('admin').command({ hello: 1 }))]
  const hellos: ServerHello[] = []
  for (const host of hosts) {
    const single = mongoClient(addressOf(uri, host.toString()), { directConnection: true })
    try {
      hellos.push(helloOf(host.toString(), await single.db('admin').command({ hello: 1 })))
    } catch (error) {
      if (!(error instanceof Error && error.name === 'MongoServerSelectionError')) throw error
    } finally {
      await single.close()
    }
  }
  return hellos
}

const OF_A_SET = new Set(['replicaset', 'loadbalanced', 'directconnection'])

/** Replaces the list of hosts in a connection string by one host. */
function addressOf(uri: string, host: string): string {
  const credentials = /^mongodb:\/\/([^@/]*@)?/.exec(uri)?.[1] ?? ''
  const rest = uri.slice('mongodb://'.length + credentials.length).replace(/^[^/?]*/, '')
  return withoutOptions(`mongodb://${credentials}${host}${rest}`, OF_A_SET)
}

function helloOf(host: string, hello: Record<string, unknown>): ServerHello {
  return {
    host,
    set: typeof hello.setName === 'string' ? hello.setName : null,
    router: hello.msg === 'isdbgrid',
  }
}
