import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MongoDocument } from '../documents/mongodb/document.ts'
import { MongoDocuments } from '../documents/mongodb/documents.ts'
import { MongoDocumentTable } from '../documents/mongodb/table.ts'
import type { SharedLog } from '../engine/deps.ts'
import { Engine } from '../engine/engine.ts'
import { resumeErasures } from '../engine/erasure.ts'
import { Follower } from '../engine/follower.ts'
import { assertReadModelsSound } from '../integrity/assert-read-models.ts'
import { openCheckedReplica } from '../integrity/checked-replica.ts'
import { type KeysToCheck, keysLost, someLostSubjects } from '../integrity/lost-keys.ts'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { systemRandom } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import { KeyStock, keyMaker } from '../log/keys/key-stock.ts'
import { MongoArbiter } from '../log/mongodb/arbiter.ts'
import type { MongoAddress } from '../log/mongodb/connection.ts'
import { mongoCursors } from '../log/mongodb/cursors.ts'
import { type MongoInstallation, openMongoInstallation } from '../log/mongodb/installation.ts'
import { batchKeyIds } from '../log/mongodb/key-batch.ts'
import { Turns } from '../log/mongodb/turns.ts'
import { SqliteLog } from '../log/sqlite/commit-log.ts'
import { dataVersion, openForReading } from '../log/sqlite/database.ts'
import { SqliteTransaction } from '../log/sqlite/transaction.ts'
import { waitForPosition, watchLog } from '../log/watch.ts'
import { createProjector } from '../projections/projector.ts'
import { createViews } from '../projections/views.ts'
import { startFollowLoop } from './follow-loop.ts'
import type { Reading, ToWriter, Writer, WriterOptions } from './port.ts'

/** How many subject keys a server keeps ready. */
const READY_KEYS = 512

/** How many commands a batch may hold: a commit of the largest ones must fit into a document of 16 MB. */
const BATCH_LIMIT = 128

/** How often erasures that a dead node left unfinished are looked for, in milliseconds. */
const RESUME_INTERVAL = 30_000

/** How long a caller waits until this node has reached the position of another one, in milliseconds. */
const REACH = 500

/**
 * Opens the MongoDB back end for writing in this thread: brings the replica of this node up to the end of the shared
 * log, and keeps following it.
 *
 * @throws StartRefused when the log no longer holds the commits that this node has seen.
 */
export async function openMongoWriter(
  files: Installation,
  address: MongoAddress,
  { keysAhead, clock, onCommit, onCondition, lossAccepted = false }: WriterOptions,
): Promise<Writer> {
  mkdirSync(dirname(files.database), { recursive: true, mode: 0o700 })
  const shared = await openMongoInstallation(address, files, systemClock)
  const arbiter = new MongoArbiter(shared.commits, systemClock)
  const replica = await closingOnError([shared], () =>
    openCheckedReplica(files.database, shared.log, arbiter, isoTime(clock()), process.emitWarning),
  )
  const { db, log, scrubber } = replica
  const { keys } = shared
  const views = createViews(db)
  const projector = createProjector(db)
  const transaction = new SqliteTransaction(db)
  const documents = new MongoDocumentTable(documentsOf(shared))
  const forget = async (userids: readonly string[]) => {
    for (const account of userids) await documents.revoke({ account }, clock())
  }
  const follower = new Follower({
    transaction,
    log,
    keys,
    projector,
    views,
    scrubber,
    arbiter,
    clock,
    onCommit,
  })
  const finishErasures = async () => {
    scrubber.resume()
    await resumeErasures({ views, log, keys, scrubber, transaction, forget })
  }
  await closingOnError([replica, shared], async () => {
    await documents.ensureIndexes()
    await follower.look()
    await follower.catchUp()
    await finishErasures()
    if (lossAccepted) return
    await assertKeysThere({ streams: views.streams, keys }, log, follower)
    await assertReadModelsSound(files, { db, log, keys }, systemRandom)
  })
  const turns = new Turns(shared.connection.log, newId(), systemClock)
  const engine = new Engine({
    transaction,
    log,
    keys,
    stock: new KeyStock(keyMaker(keys, systemRandom, batchKeyIds), keysAhead ? READY_KEYS : 0),
    projector,
    views,
    scrubber,
    documentWrites: {
      apply: () => {
        throw new Error('Documents are written to the database, not with the commands')
      },
      forget: (userids) => scrubber.traceLeft({ users: userids.length > 0, byOther: false }),
    },
    clock,
    random: systemRandom,
    shared: sharedLog(arbiter, follower, turns, forget),
    onCommit,
    onFailure: ({ message }) => onCondition({ reason: message, halted: true, final: true }),
    batchLimit: BATCH_LIMIT,
  })
  let resumedAt = systemClock()
  const loop = startFollowLoop({
    async tick() {
      if (await follower.look()) await engine.between(() => follower.catchUp())
      await turns.look()
      if (systemClock() - resumedAt < RESUME_INTERVAL) return
      resumedAt = systemClock()
      // An erasure of this node that is in progress was not interrupted.
      await engine.between(async () => (engine.erasing ? undefined : finishErasures().catch(asUnavailable)))
      await turns.sweep()
    },
    onFatal: (refusal) => engine.halt(refusal),
    onCondition,
    clock: systemClock,
  })
  const unwatch = shared.hasChangeStreams ? arbiter.watch(loop.wake) : () => undefined
  const close = async () => {
    unwatch()
    await loop.stop()
    await engine.close()
    replica.close()
    await shared.close()
  }
  return { engine, installation: { db, log, keys }, followNow: loop.wake, close }
}

/** Opens the MongoDB back end for reading: tables from the replica, documents and keys from the database. */
export async function openMongoReading(
  files: Installation,
  address: MongoAddress,
  writer: ToWriter,
): Promise<Reading> {
  const shared = await openMongoInstallation(address, files, systemClock)
  const db = openForReading(files.database)
  const log = new SqliteLog(db, shared.log)
  const watch = watchLog(dataVersion(db))
  const reached = (position: number) => waitForPosition(log, watch, position, REACH, writer.followNow)
  const position = () => log.head().position
  return {
    documents: new MongoDocuments({ documents: documentsOf(shared), clock: writer.clock, position, reached }),
    cursors: mongoCursors(shared.connection.log),
    views: createViews(db),
    log,
    keys: shared.keys,
    watch,
    reached,
    storeTime: async () => {
      const { localTime } = await shared.connection.log.command({ hello: 1 })
      return localTime instanceof Date ? localTime.getTime() : null
    },
    close: async () => {
      watch.close()
      db.close()
      await shared.close()
    },
  }
}

/** Checks that no subject's key is missing. @throws StartRefused that names the subjects. */
async function assertKeysThere(checked: KeysToCheck, log: SqliteLog, follower: Follower): Promise<void> {
  const look = () => someLostSubjects(checked, log.head().sequence, systemRandom)
  if ((await look()).length === 0) return
  // Another node may be erasing them now: it appends the event before it destroys the key.
  await follower.catchUp()
  const lost = await look()
  if (lost.length > 0) throw keysLost(lost)
}

/** Gives the engine access to the shared log, where nodes append in turns. */
function sharedLog(
  arbiter: MongoArbiter,
  follower: Follower,
  turns: Turns,
  forget: SharedLog['forget'],
): SharedLog {
  return {
    arbiter: {
      compare: (position) => arbiter.compare(position),
      async append(commit) {
        const result = await arbiter.append(commit)
        await (result === 'taken' ? turns.lost() : turns.won())
        return result
      },
    },
    turn: () => turns.mine(() => follower.catchUp()),
    catchUp: () => follower.catchUp(),
    forget,
  }
}

/** Turns the error of an erasure that cannot be finished now into a refusal, so that it is tried again later. */
function asUnavailable(error: unknown): never {
  if (!(error instanceof StartRefused)) throw error
  throw new Refusal('storage_unavailable', error.message, { cause: error })
}

function documentsOf(shared: MongoInstallation) {
  return shared.connection.log.collection<MongoDocument>('documents')
}

/** Runs a step of the start; when it fails, closes what is open. @throws StartRefused for a refusal. */
async function closingOnError<T>(
  open: readonly { close(): unknown }[],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    for (const each of open) await each.close()
    if (error instanceof Refusal) throw new StartRefused(error.message, { cause: error })
    throw error
  }
}
