import type { Commit } from '../../events/commit.ts'
import { type Clock, isoTime } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import type { KeyWrap } from '../keys/wrapping.ts'
import { type CommitDocument, toDocument } from './commit-document.ts'
import { connectMongo, DURABLE, type MongoAddress, type MongoConnection } from './connection.ts'
import { CURSORS } from './cursors.ts'
import {
  COMMITS,
  type CopyDocument,
  ensureIdentity,
  ensureLog,
  INSTALLATION,
  inspect,
} from './installation.ts'
import { MongoKeyStore } from './key-store.ts'
import { assertTopology } from './topology.ts'

/** An installation that a copy is filling. */
export interface BegunInstallation {
  connection: MongoConnection
  /** The id of this copy, with which the unfinished installation can be opened. */
  copy: string
  keys: MongoKeyStore
  insert(commits: readonly Commit[]): Promise<void>
  /** Writes the entry that makes it an installation. */
  finish(): Promise<void>
  /** Closes it, and clears an unfinished copy. */
  close(): Promise<void>
}

/** The collections that a copy fills, besides the entry that announces it. */
const FILLED = {
  log: [COMMITS, 'documents', CURSORS],
  keys: ['identity', 'subject_keys', 'doomed_keys', 'secrets'],
} as const

/**
 * Begins an installation for an existing log. The remains of an unfinished copy are cleared first.
 *
 * @throws StartRefused when there is an installation, or a part of one that is not from a copy.
 */
export async function beginMongoInstallation(
  address: MongoAddress,
  log: string,
  wrap: KeyWrap,
  clock: Clock,
): Promise<BegunInstallation> {
  const connection = await connectMongo(address)
  const marks = connection.log.collection<CopyDocument>(INSTALLATION)
  const copy = newId()
  try {
    await assertTopology(connection.client, address, COMMITS)
    await requireFree(connection, address)
    const mark = { id: copy, log, begun_at: isoTime(clock()) }
    await marks.replaceOne({ _id: 'copy' }, mark, { ...DURABLE, upsert: true })
    await clear(connection)
    await ensureIdentity(connection, log, wrap)
  } catch (error) {
    await connection.close()
    throw error
  }
  const commits = connection.log.collection<CommitDocument>(COMMITS)
  let finished = false
  return {
    connection,
    copy,
    keys: new MongoKeyStore(connection.keys, wrap, clock),
    async insert(page) {
      await commits.insertMany(page.map(toDocument), { ...DURABLE, ordered: true })
    },
    async finish() {
      if ((await marks.findOne({ _id: 'copy' }))?.id !== copy) {
        throw new StartRefused('Another copy into the same database was begun meanwhile')
      }
      // From here on it may be an installation, even if the answer does not arrive.
      finished = true
      await ensureLog(connection, clock, log)
      await marks.deleteOne({ _id: 'copy', id: copy }, DURABLE)
    },
    async close() {
      try {
        if (!finished) await abandon(connection, copy)
      } finally {
        await connection.close()
      }
    },
  }
}

async function requireFree(connection: MongoConnection, address: MongoAddress): Promise<void> {
  const found = await inspect(connection)
  if (!found.log && found.copy) return
  const filled = await Promise.all(
    (['log', 'keys'] as const).flatMap((name) =>
      FILLED[name].map((collection) => connection[name].collection(collection).findOne({})),
    ),
  )
  if (!found.log && filled.every((document) => document === null)) return
  throw new StartRefused(`The database ${address.database} holds an installation already, or a part of one`)
}

async function clear(connection: MongoConnection): Promise<void> {
  for (const name of ['log', 'keys'] as const) {
    for (const collection of FILLED[name])
      await connection[name].collection(collection).deleteMany({}, DURABLE)
  }
}

/** Removes what this copy wrote; if the database does not answer, the next copy does it. */
async function abandon(connection: MongoConnection, copy: string): Promise<void> {
  const marks = connection.log.collection<CopyDocument>(INSTALLATION)
  try {
    if ((await marks.findOne({ _id: 'copy' }))?.id !== copy) return
    await clear(connection)
    await marks.deleteOne({ _id: 'copy', id: copy }, DURABLE)
  } catch {
    // The reason why the copy failed is reported already.
  }
}
