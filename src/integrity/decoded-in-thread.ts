import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import { readEvent } from '../events/payload.ts'
import { revivedError } from '../kernel/plain-error.ts'
import { openExistingSqliteLog } from '../log/sqlite/existing-log.ts'
import type { InstallationFiles } from '../log/sqlite/inspection.ts'
import type { CommitPage } from '../projections/fold.ts'
import type { DecoderMessage, DecodingTask, OpenedPage } from './decoding-thread.ts'

/** How many pages the thread may be ahead: enough that neither side waits, few enough to hold in memory. */
const AHEAD = 64

/**
 * Reads the whole log up to a position, with its payloads opened in another thread: opening is half the work of a
 * fold. Each thread reads what it needs from the log itself, which is faster than passing it between them.
 */
export async function* decodedInThread(files: InstallationFiles, to: number): AsyncGenerator<CommitPage> {
  const { log, close } = openExistingSqliteLog(files)
  const workerData: DecodingTask = { files, to, ahead: AHEAD }
  const worker = new Worker(new URL('./decoding-thread.ts', import.meta.url), {
    workerData,
    // Nearly everything it allocates is garbage at once; with a large young generation, little of it is ever copied.
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  })
  let position = 0
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<
      [DecoderMessage]
    >) {
      if ('done' in message) return
      if (!('page' in message)) throw revivedError(message)
      const { head, payloads } = JSON.parse(message.page) as OpenedPage
      const headers = log.headersBetween(position, head.position)
      if (headers.length !== payloads.length) throw new Error(`Two readings differ up to ${head.position}`)
      position = head.position
      yield [
        {
          head: { ...head, hash: Buffer.from(head.hash, 'base64') },
          events: headers.map((header, index) => readEvent(header, payloads[index] ?? null)),
        },
      ]
      worker.postMessage('next')
    }
    throw new Error('The decoding thread ended before it was done')
  } finally {
    await worker.terminate()
    close()
  }
}
