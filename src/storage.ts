import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CommandGateway } from './commands/catalogue.ts'
import { type AnswerMessage, EngineChannel } from './commands/channel.ts'
import { Engine } from './commands/engine.ts'
import { resumeErasures } from './commands/erasure.ts'
import { revivedError } from './commands/plain-error.ts'
import type { DocumentOperation } from './documents/operation.ts'
import type { DocumentStore } from './documents/port.ts'
import { SqliteDocuments } from './documents/sqlite.ts'
import { DocumentTable } from './documents/sqlite-table.ts'
import type { Head } from './events/commit.ts'
import { type Clock, isoTime, systemClock } from './kernel/clock.ts'
import { StartRefused } from './kernel/fault.ts'
import { systemRandom } from './kernel/random.ts'
import type { MadeKeys } from './key-maker.ts'
import { type FreshKey, type KeyMaker, KeyStock, keyMaker } from './log/key-stock.ts'
import type { KeyStore } from './log/key-store.ts'
import { SqliteLog } from './log/sqlite/commit-log.ts'
import { openForReading } from './log/sqlite/database.ts'
import type { InstallationFiles } from './log/sqlite/inspection.ts'
import { openInstallation, openKeys, type SqliteInstallation } from './log/sqlite/installation.ts'
import { SqliteScrubber } from './log/sqlite/scrubber.ts'
import { SqliteTransaction } from './log/sqlite/transaction.ts'
import { type LogWatch, watchLog } from './log/watch.ts'
import { createProjector } from './projections/projector.ts'
import { createViews, type Views } from './projections/views.ts'
import type { Settings } from './settings.ts'

/** Everything above the back end: how to write, what to read, and how to follow. */
export interface Storage {
  commands: CommandGateway
  documents: DocumentStore
  views: Views
  log: SqliteLog
  keys: KeyStore
  watch: LogWatch
  close(): Promise<void>
}

/** The writing half of a back end, in the thread that owns it. */
export interface Writer {
  engine: Engine
  installation: SqliteInstallation
  close(): Promise<void>
}

/** Says where the files of an installation lie. */
export function installationFiles(settings: Settings): InstallationFiles {
  return {
    database: settings.sqlitePath,
    keys: join(settings.dataDir, 'keys.db'),
    masterKeyFile: join(settings.dataDir, 'master.key'),
    masterKey: settings.masterKey?.reveal() ?? null,
  }
}

/** How many subject keys a server keeps ready. */
const READY_KEYS = 1024

/**
 * Opens the back end for writing in this thread, and finishes what a crash left half done.
 *
 * @param keysAhead whether subject keys are made ahead of their use, in a thread of their own.
 */
export async function openWriter(
  files: InstallationFiles,
  onCommit: (head: Head) => void,
  keysAhead = false,
  clock: Clock = systemClock,
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
  })
  const close = async () => {
    await engine.close()
    maker.close()
    installation.close()
  }
  return { engine, installation, close }
}

/** Makes keys in a thread of its own, which is started by the first request. */
function keyMakerThread(files: InstallationFiles, log: string): { make: KeyMaker; close(): void } {
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

/** Opens everything in this thread: for the command line, where nothing else has to go on meanwhile. */
export async function openStorage(files: InstallationFiles, clock: Clock = systemClock): Promise<Storage> {
  const notify: { wake?: () => void } = {}
  const writer = await openWriter(files, () => notify.wake?.(), false, clock)
  const reading = openReading(files, (operation) => writer.engine.write(operation), clock)
  notify.wake = reading.watch.notify
  const close = async () => {
    await writer.close()
    reading.close()
  }
  return { ...reading, commands: writer.engine, close }
}

/** Opens the writer in a thread of its own, so that a slow disk holds up nobody who only reads. */
export async function openThreadedStorage(
  files: InstallationFiles,
  onFailure: (error: unknown) => void,
): Promise<Storage> {
  const worker = new Worker(new URL('./writer.ts', import.meta.url), { workerData: files })
  const channel = new EngineChannel(worker)
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: { refused?: string }) => {
      if (message.refused === undefined) resolve()
      else reject(new StartRefused(message.refused))
    })
    worker.once('error', reject)
  })
  const reading = openReading(files, (operation) => channel.write(operation), systemClock)
  worker.on('message', (message: AnswerMessage) => {
    channel.receive(message)
    if (message.grown) reading.watch.notify()
  })
  let closing = false
  const lost = (error: unknown) => {
    if (closing) return
    channel.fail(error)
    onFailure(error)
  }
  worker.on('error', lost)
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.once('exit', (code) => lost(new Error(`The writer thread ended with code ${code}`)))
  const close = async () => {
    closing = true
    worker.postMessage('close')
    await exited
    reading.close()
  }
  return { ...reading, commands: channel, close }
}

function openReading(
  files: InstallationFiles,
  write: (operation: DocumentOperation) => Promise<unknown>,
  clock: Clock,
) {
  const db = openForReading(files.database)
  const log = new SqliteLog(db, db.prepare('SELECT id FROM log').pluck().get() as string)
  const keys = openKeys(files, log.id)
  const watch = watchLog(() => db.pragma('data_version', { simple: true }) as number)
  const close = () => {
    watch.close()
    keys.close()
    db.close()
  }
  return {
    documents: new SqliteDocuments({ reader: db, write, clock }),
    views: createViews(db),
    log,
    keys,
    watch,
    close,
  }
}
