import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import { revivedError } from './commands/plain-error.ts'
import type { DecoderMessage, DecodingTask, OpenedPage } from './decoder.ts'
import { readEvent } from './events/payload.ts'
import { headerFromRow } from './log/sqlite/commit-log.ts'
import type { InstallationFiles } from './log/sqlite/inspection.ts'
import type { CommitPage } from './projections/fold.ts'

/** How many pages the other thread may be ahead: enough that neither waits, few enough to hold in memory. */
const AHEAD = 64

/** Reads the whole log up to a position, opened in a thread of its own: half the work of a fold is opening. */
export async function* decodedInThread(files: InstallationFiles, to: number): AsyncGenerator<CommitPage> {
  const workerData: DecodingTask = { files, to, ahead: AHEAD }
  const worker = new Worker(new URL('./decoder.ts', import.meta.url), {
    workerData,
    // Nearly all that it makes is thrown away at once: rarely collected, it is dead by then and need not be moved.
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  })
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<
      [DecoderMessage]
    >) {
      if ('done' in message) return
      if (!('page' in message)) throw revivedError(message)
      const { head, events } = JSON.parse(message.page) as OpenedPage
      yield [
        {
          head: { ...head, hash: Buffer.from(head.hash, 'base64') },
          events: events.map(([row, payload]) => readEvent(headerFromRow(row), payload)),
        },
      ]
      worker.postMessage('next')
    }
    throw new Error('The decoding thread ended before it was done')
  } finally {
    await worker.terminate()
  }
}
