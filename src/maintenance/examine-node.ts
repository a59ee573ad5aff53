import { existsSync } from 'node:fs'
import { systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import { requireMasterKey } from '../log/keys/master-key.ts'
import { KeyWrap } from '../log/keys/wrapping.ts'
import { MongoArbiter } from '../log/mongodb/arbiter.ts'
import type { CommitDocument } from '../log/mongodb/commit-document.ts'
import { connectMongo, type MongoAddress, type MongoConnection } from '../log/mongodb/connection.ts'
import { assertIdentity, COMMITS, inspect } from '../log/mongodb/installation.ts'
import { assertTopology } from '../log/mongodb/topology.ts'
import { openExistingReplica } from '../log/sqlite/existing-log.ts'
import { assertTailIntact } from '../log/sqlite/tail-check.ts'
import {
  clockAgainst,
  type Finding,
  finding,
  freeSpace,
  laterFinding,
  requirePrivateFiles,
  usableIssuer,
} from './doctor.ts'

/** Examines a node of a shared log, without writing to it or to the database. */
export async function examineNode(
  files: Installation,
  address: MongoAddress,
  issuer: string,
): Promise<Finding[]> {
  const local = [
    finding('permissions', () => requirePrivateFiles(files)),
    finding('disk space', () => freeSpace(files)),
    finding('replica', () => soundReplica(files)),
  ]
  if (existsSync(files.database))
    local.push(
      finding('clock', () => onReplica(files, clockAgainst)),
      finding('issuer', () => onReplica(files, (replica) => usableIssuer(replica, issuer))),
    )
  const opened: { connection?: MongoConnection } = {}
  const database = await laterFinding('database', async () => {
    opened.connection = await connectMongo(address)
    return reachable(opened.connection, address)
  })
  const { connection } = opened
  if (!connection) return [...local, database]
  try {
    return [
      ...local,
      database,
      await laterFinding('keys', () => keysBelong(connection, files)),
      await laterFinding('log', () => agreement(connection, files)),
    ]
  } finally {
    await connection.close()
  }
}

async function reachable(connection: MongoConnection, address: MongoAddress): Promise<string> {
  const { hasChangeStreams } = await assertTopology(connection.client, address, COMMITS)
  const found = await inspect(connection)
  if (!found.log && found.copy)
    throw new StartRefused('it holds an unfinished copy: repeat `countersign log copy`')
  if (!found.log)
    throw new StartRefused(`${address.database} holds no log: restore it, or start the service once`)
  return hasChangeStreams
    ? 'a replica set or cluster, and it holds a log'
    : 'a single server, and it holds a log'
}

async function keysBelong(connection: MongoConnection, files: Installation): Promise<string> {
  const { log } = await inspect(connection)
  if (!log) throw new StartRefused('there is no log that they could belong to')
  await assertIdentity(connection, log, new KeyWrap(requireMasterKey(files)))
  return 'the master key opens them, and they belong to this log'
}

function soundReplica(files: Installation): string {
  if (!existsSync(files.database)) return `${files.database} is not there yet; the next start makes it`
  return onReplica(files, ({ db, log }) => {
    db.transaction(() => assertTailIntact(db, log))()
    const { position, sequence, epoch } = log.head()
    return `${position} commits, ${sequence} events, epoch ${epoch}; its end and the read models agree`
  })
}

/** Compares the end of the replica with the commit that the database holds at that position. */
async function agreement(connection: MongoConnection, files: Installation): Promise<string> {
  const arbiter = new MongoArbiter(connection.log.collection<CommitDocument>(COMMITS), systemClock)
  const head = existsSync(files.database) ? onReplica(files, ({ log }) => log.head()) : null
  if (!head || head.position === 0) return 'this node has seen nothing of it yet'
  const { hash, grown } = await arbiter.compare(head.position)
  if (hash === null || !Buffer.from(hash).equals(head.hash)) {
    throw new StartRefused(
      `the database does not hold the commit that this node has seen at position ${head.position}: if it was restored, run \`countersign restore --accept-database\` once`,
    )
  }
  return grown
    ? `the replica ends at position ${head.position}, the shared log after it`
    : 'the replica is at its end'
}

function onReplica<T>(files: Installation, work: (replica: ReturnType<typeof openExistingReplica>) => T): T {
  const replica = openExistingReplica(files.database)
  try {
    return work(replica)
  } finally {
    replica.close()
  }
}
