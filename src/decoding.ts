import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import { revivedError } from './commands/plain-error.ts'
import type { DecodedPage, DecoderMessage, DecodingTask } from './decoder.ts'
import type { InstallationFiles } from './log/sqlite/inspection.ts'
import type { CommitPage } from './projections/fold.ts'

/** How many pages the other thread may be ahead: enough that neither waits, few enough to hold in memory. */
const AHEAD = 16

/** Reads the whole log up to a position, opened in a thread of its own: half the work of a fold is opening. */
export async function* decodedInThread(files: InstallationFiles, to: number): AsyncGenerator<CommitPage> {
  const workerData: DecodingTask = { files, to, ahead: AHEAD }
  const worker = new Worker(new URL('./decoder.ts', import.meta.url), { workerData })
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<
      [DecoderMessage]
    >) {
      if ('done' in message) return
      if (!('page' in message)) throw revivedError(message)
      const { head, events } = JSON.parse(message.page) as DecodedPage
      yield [{ head: { ...head, hash: Buffer.from(head.hash, 'base64') }, events }]
      worker.postMessage('next')
    }
    throw new Error('The decoding thread ended before it was done')
  } finally {
    await worker.terminate()
  }
}
