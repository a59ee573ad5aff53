import { MongoClient } from 'mongodb'
import { systemRandom } from '../src/kernel/random.ts'
import { filesIn, temporaryDirectory } from '../test/support/installation.ts'
import { noMongo, startMongo, type TestMongo } from '../test/support/mongodb-process.ts'
import { type LoadFigures, load, quantile } from './callers.ts'
import { type NodeTask, runNodes } from './mongodb/nodes.ts'

const CALLERS = 64
const COUNT = Number(process.env.COUNTERSIGN_BENCH_COUNT ?? 12_000)
const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const

/** Measures the engine on MongoDB: what the server does by itself, one node, and three nodes at once. */
export async function run(): Promise<Record<string, unknown>> {
  if (noMongo) return { skipped: `no server to measure with: ${noMongo}` }
  const server = await startMongo()
  try {
    const bare = await bareInserts(server)
    const one = await nodes(server, 1, CALLERS)
    const three = await nodes(server, 3, CALLERS)
    return {
      callers_each: CALLERS,
      bare_inserts: bare,
      one_node: one,
      three_nodes: three,
      three_to_one: Math.round((three.per_second / one.per_second) * 100) / 100,
      one_to_bare_inserts: Math.round((one.per_second / bare.per_second) * 100) / 100,
    }
  } finally {
    await server.stop()
  }
}

/** Inserts documents of the size of one registration, each acknowledged as a commit is. */
async function bareInserts(server: TestMongo): Promise<LoadFigures> {
  const client = new MongoClient(server.uri, { maxPoolSize: CALLERS })
  try {
    const db = client.db(server.newDatabase())
    const documents = db.collection<{ _id: number; payload: Buffer }>('bare')
    const payload = Buffer.from(systemRandom(900))
    const insert = (index: number) => documents.insertOne({ _id: index, payload }, DURABLE)
    await load(COUNT / 10, CALLERS, (index) => insert(-1 - index))
    const result = await load(COUNT, CALLERS, insert)
    await db.dropDatabase()
    return result
  } finally {
    await client.close()
  }
}

async function nodes(server: TestMongo, count: number, callers: number) {
  const database = server.newDatabase()
  const masterKey = Buffer.from(systemRandom(32)).toString('base64')
  const directories = Array.from({ length: count }, temporaryDirectory)
  try {
    const tasks = directories.map(({ path }, index): NodeTask => {
      const { masterKey: _, ...files } = filesIn(path)
      const installation = { ...files, mongodb: { uri: server.uri, database } }
      return { name: `node${index}`, installation, masterKey, callers, count: COUNT / count }
    })
    const { results, seconds } = await runNodes(tasks)
    return {
      per_second: Math.round(COUNT / seconds),
      p50_ms: quantile(
        results.map(({ p50_ms }) => p50_ms),
        0.5,
      ),
      slowest_p99_ms: Math.max(...results.map(({ p99_ms }) => p99_ms)),
      each_per_second: results.map(({ per_second }) => per_second),
    }
  } finally {
    for (const directory of directories) directory.remove()
  }
}
