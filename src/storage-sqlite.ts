import { Worker } from 'node:worker_threads'
import type { Installation, Reading, ToWriter, Writer, WriterOptions } from './back-end.ts'
import { Engine } from './commands/engine.ts'
import { resumeErasures } from './commands/erasure.ts'
import { revivedError } from './commands/plain-error.ts'
import type { DocumentOperation } from './documents/operation.ts'
import { SqliteDocuments } from './documents/sqlite.ts'
import { DocumentTable } from './documents/sqlite-table.ts'
import { isoTime } from './kernel/clock.ts'
import { systemRandom } from './kernel/random.ts'
import type { MadeKeys } from './key-maker.ts'
import { type FreshKey, type KeyMaker, KeyStock, keyMaker } from './log/key-stock.ts'
import { reaching } from './log/reaching.ts'
import { SqliteLog } from './log/sqlite/commit-log.ts'
import { openForReading } from './log/sqlite/database.ts'
import { openInstallation, openKeys } from './log/sqlite/installation.ts'
import { SqliteScrubber } from './log/sqlite/scrubber.ts'
import { SqliteTransaction } from './log/sqlite/transaction.ts'
import { watchLog } from './log/watch.ts'
import { createProjector } from './projections/projector.ts'
import { createViews } from './projections/views.ts'

/** How many subject keys a server keeps ready. */
const READY_KEYS = 1024

/** How long somebody waits for a commit of another process to be seen here, in milliseconds. */
const REACH = 500

/** Opens the SQLite back end for writing in this thread, and finishes what a crash left half done. */
export async function openSqliteWriter(
  files: Installation,
  { keysAhead, clock, onCommit, onCondition }: WriterOptions,
): Promise<Writer> {
  const installation = openInstallation(files, isoTime(clock()))
  const { db, log, keys } = installation
  const documents = new DocumentTable(db)
  const views = createViews(db)
  const scrubber = new SqliteScrubber(db)
  const transaction = new SqliteTransaction(db)
  await resumeErasures({ views, log, keys, scrubber, transaction })
  const maker = keysAhead
    ? keyMakerThread(files, log.id)
    : { make: keyMaker(keys, systemRandom), close: () => undefined }
  const engine = new Engine({
    transaction,
    log,
    keys,
    stock: new KeyStock(maker.make, keysAhead ? READY_KEYS : 0),
    projector: createProjector(db),
    views,
    scrubber,
    riders: {
      apply: (operation) => documents.apply(operation as DocumentOperation),
      forget: (userids) => {
        for (const account of userids) documents.apply({ type: 'revokeByAccount', account, now: clock() })
      },
    },
    clock,
    random: systemRandom,
    onCommit,
    onFailure: ({ message }) => onCondition({ reason: message, halted: false }),
  })
  const close = async () => {
    await engine.close()
    maker.close()
    installation.close()
  }
  return { engine, installation, lookAround: () => undefined, close }
}

/** Opens the SQLite back end for reading; its documents are written by the writer, with the commands. */
export function openSqliteReading(files: Installation, writer: ToWriter): Reading {
  const db = openForReading(files.database)
  const log = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string)
  const keys = openKeys(files, log.id)
  const watch = watchLog(() => db.pragma('data_version', { simple: true }) as number)
  return {
    documents: new SqliteDocuments({ reader: db, write: writer.write, clock: writer.clock }),
    views: createViews(db),
    log,
    keys,
    watch,
    reached: (position) => reaching(log, watch, position, REACH),
    close: async () => {
      watch.close()
      keys.close()
      db.close()
    },
  }
}

/** Makes keys in a thread of its own, which is started by the first request. */
function keyMakerThread(files: Installation, log: string): { make: KeyMaker; close(): void } {
  const asked: { resolve: (keys: FreshKey[]) => void; reject: (error: unknown) => void }[] = []
  let thread: Worker | null = null
  const start = () => {
    const started = new Worker(new URL('./key-maker.ts', import.meta.url), { workerData: { files, log } })
    started.on('message', (answer: MadeKeys) => {
      const waiting = asked.shift()
      if ('made' in answer) waiting?.resolve(answer.made)
      else waiting?.reject(revivedError(answer))
    })
    started.on('error', (error) => {
      thread = null
      for (const { reject } of asked.splice(0)) reject(error)
    })
    return started
  }
  return {
    make: (count) =>
      new Promise((resolve, reject) => {
        asked.push({ resolve, reject })
        thread ??= start()
        thread.postMessage(count)
      }),
    close: () => thread?.postMessage('close'),
  }
}
