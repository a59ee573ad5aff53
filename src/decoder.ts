// The entry of the thread that reads and opens the log for a fold, while the main thread writes the tables.
import { parentPort, workerData } from 'node:worker_threads'
import { type PlainError, plainError } from './commands/plain-error.ts'
import type { RecordedEvent } from './events/envelope.ts'
import { decodedCommits } from './log/decoded-commits.ts'
import { openExisting } from './log/sqlite/existing.ts'
import type { InstallationFiles } from './log/sqlite/inspection.ts'
import { openKeys } from './log/sqlite/installation.ts'

/** Which log to read, up to which position, and how many pages may be on their way at once. */
export interface DecodingTask {
  files: InstallationFiles
  to: number
  ahead: number
}

/** A page of the log: JSON text of `DecodedPage`, which crosses threads in a third of the time of its objects. */
export type DecoderMessage = { page: string } | { done: true } | PlainError

/** The events of a page, and where the log stands behind it; the hash is base64. */
export interface DecodedPage {
  head: { log: string; epoch: number; position: number; sequence: number; hash: string }
  events: RecordedEvent[]
}

if (!parentPort) throw new Error('src/decoder.ts runs as a worker thread only')
const port = parentPort
const { files, to, ahead } = workerData as DecodingTask

let allowed = ahead
let resume: (() => void) | null = null
port.on('message', () => {
  allowed += 1
  resume?.()
})

try {
  const { log, close } = openExisting(files)
  const keys = openKeys(files, log.id)
  for await (const page of decodedCommits(log, keys, 0, to)) {
    const last = page.at(-1)
    if (!last) continue
    if (allowed === 0) await new Promise<void>((resolve) => (resume = resolve))
    allowed -= 1
    const head = { ...last.head, hash: Buffer.from(last.head.hash).toString('base64') }
    const decoded: DecodedPage = { head, events: page.flatMap(({ events }) => events) }
    port.postMessage({ page: JSON.stringify(decoded) } satisfies DecoderMessage)
  }
  keys.close()
  close()
  port.postMessage({ done: true } satisfies DecoderMessage)
} catch (error) {
  port.postMessage(plainError(error) satisfies DecoderMessage)
}
port.close()
