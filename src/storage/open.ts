import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type AnswerMessage, EngineChannel } from '../engine/channel.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { Installation } from '../log/installation.ts'
import type { Settings } from '../settings/settings.ts'
import { gateByDisk } from './disk-gate.ts'
import type { DiskWatch } from './disk-watch.ts'
import type { Condition, Reading, Storage, ToWriter } from './port.ts'
import { openSqliteReading } from './sqlite-reading.ts'

export type { Condition, Storage, Writer } from './port.ts'

/** Names the files of an installation and, with the `mongodb` back end, its address. */
export function installationFiles(settings: Settings): Installation {
  const { dataDir, storageBackend, mongodbUri } = settings
  const own = {
    keys: join(dataDir, 'keys.db'),
    masterKeyFile: join(dataDir, 'master.key'),
    masterKey: settings.masterKey?.reveal() ?? null,
  }
  if (storageBackend !== 'mongodb' || !mongodbUri) return { ...own, database: settings.sqlitePath }
  const mongodb = { uri: mongodbUri.reveal(), database: settings.mongodbDatabase }
  return { ...own, database: join(dataDir, 'replica.db'), mongodb }
}

async function openReading(files: Installation, writer: ToWriter): Promise<Reading> {
  if (!files.mongodb) return openSqliteReading(files, writer)
  // The driver takes a fifth of the memory of a server, so it is loaded only where it is used.
  const { openMongoReading } = await import('./mongodb.ts')
  return openMongoReading(files, files.mongodb, writer)
}

/** Opens reader and writer in this thread: for the command line, where nothing else runs meanwhile. */
export async function openStorage(files: Installation, clock: Clock = systemClock): Promise<Storage> {
  const opened: { reading?: Reading; condition: Condition | null } = { condition: null }
  // A server writes in another thread, and its main thread need not hold what only a writer uses.
  const { openWriter } = await import('./open-writer.ts')
  const writer = await openWriter(
    files,
    () => opened.reading?.watch.notify(),
    false,
    clock,
    (condition) => {
      opened.condition = condition
    },
  )
  const reading = await openReading(files, {
    write: (operation) => writer.engine.write(operation),
    followNow: writer.followNow,
    clock,
  })
  opened.reading = reading
  const close = async () => {
    // The writer closes last: only a writing connection can remove the WAL.
    await reading.close()
    await writer.close()
  }
  return { ...reading, commands: writer.engine, condition: () => opened.condition, close }
}

/** What the writer thread sends: first that it is ready or refuses to start, then answers and its condition. */
interface WriterMessage extends Partial<AnswerMessage> {
  refused?: string
  condition?: Condition | null
}

/** Options of a server's storage. */
export interface ThreadedOptions {
  /** Tells whether the disk is too full to accept new work. */
  disk?: Pick<DiskWatch, 'shortage'>
  /** Called once when the store has failed permanently. */
  onFinal?: (condition: Condition) => void
}

/** Opens the writer in a thread of its own, so that a slow disk does not delay reads. */
export async function openThreadedStorage(
  files: Installation,
  onFailure: (error: unknown) => void,
  { disk = { shortage: () => null }, onFinal = () => undefined }: ThreadedOptions = {},
): Promise<Storage> {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: files })
  const channel = new EngineChannel(worker)
  const gateway = gateByDisk(channel, disk)
  let condition: Condition | null = null
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: WriterMessage) => {
      if (message.refused === undefined) resolve()
      else reject(new StartRefused(message.refused))
    })
    worker.once('error', reject)
  })
  const opened: { reading?: Reading } = {}
  const setCondition = (found: Condition | null) => {
    if (condition?.final) return
    condition = found
    // The answers that tell callers of the failure are delivered in this turn of the event loop.
    if (found?.final) setImmediate(() => onFinal(found))
  }
  worker.on('message', (message: WriterMessage) => {
    if (message.condition !== undefined) setCondition(message.condition)
    if (message.answers) channel.receive(message.answers)
    if (message.grown) opened.reading?.watch.notify()
  })
  let closing = false
  const lost = (error: unknown) => {
    // Also on a normal close: work that was sent while the writer closed would otherwise wait forever.
    channel.fail(error)
    if (!closing) onFailure(error)
  }
  worker.on('error', lost)
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.once('exit', (code) => lost(new Error(`The writer thread ended with code ${code}`)))
  const reading = await openReading(files, {
    write: (operation) => gateway.write(operation),
    followNow: () => worker.postMessage('follow now'),
    clock: systemClock,
  })
  opened.reading = reading
  const close = async () => {
    closing = true
    await reading.close()
    worker.postMessage('close')
    await exited
  }
  const shortage = (): Condition | null => {
    const reason = disk.shortage()
    return reason === null ? null : { reason, halted: false, final: false }
  }
  return { ...reading, commands: gateway, condition: () => condition ?? shortage(), close }
}
