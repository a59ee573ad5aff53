// The entry of the thread that opens the payloads of the log for a fold, while the main thread writes the tables.
import { parentPort, workerData } from 'node:worker_threads'
import { openPayload } from '../events/payload.ts'
import { type PlainError, plainError } from '../kernel/plain-error.ts'
import { type Reached, requireNext } from '../log/decoded-commits.ts'
import { KeyRing } from '../log/keys/key-ring.ts'
import { openExistingSqliteLog } from '../log/sqlite/existing-log.ts'
import type { InstallationFiles } from '../log/sqlite/inspection.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'

/** Which log to read, up to which position, and how many pages may be in flight. */
export interface DecodingTask {
  files: InstallationFiles
  to: number
  ahead: number
}

/** A page of the log: JSON text of `OpenedPage`, which crosses threads in a third of the time of its objects. */
export type DecoderMessage = { page: string } | { done: true } | PlainError

/** The opened payloads of a page, and the head of the log after it; the hash is base64. */
export interface OpenedPage {
  head: { log: string; epoch: number; position: number; sequence: number; hash: string }
  payloads: (Record<string, unknown> | null)[]
}

/** How many commits a page has: few, so that a page fits into the processor's caches. */
const PAGE = 8

if (!parentPort) throw new Error('src/integrity/decoding-thread.ts runs as a worker thread only')
const port = parentPort
const { files, to, ahead } = workerData as DecodingTask

let allowed = ahead
let resume: (() => void) | null = null
port.on('message', () => {
  allowed += 1
  resume?.()
})

try {
  const { log, close } = openExistingSqliteLog(files)
  const keys = openSqliteKeys(files, log.id)
  const ring = new KeyRing(keys)
  let reached: Reached = { position: 0, hash: null }
  while (reached.position < to) {
    const from = reached.position
    const links = log.linksAfter(from, Math.min(PAGE, to - from))
    const last = links.at(-1)
    if (!last) break
    for (const link of links) reached = requireNext(reached, link)
    const events = log.sealedBetween(from, reached.position)
    await ring.gather(events.map(({ key_id }) => key_id))
    const head: OpenedPage['head'] = {
      log: log.id,
      epoch: last.epoch,
      position: last.position,
      sequence: events.at(-1)?.sequence ?? 0,
      hash: Buffer.from(last.hash).toString('base64'),
    }
    const payloads = events.map((event) => openPayload(event, log.id, ring.get(event.key_id)) ?? 'null')
    const page = `{"head":${JSON.stringify(head)},"payloads":[${payloads.join(',')}]}`
    if (allowed === 0) await new Promise<void>((resolve) => (resume = resolve))
    allowed -= 1
    port.postMessage({ page } satisfies DecoderMessage)
  }
  keys.close()
  close()
  port.postMessage({ done: true } satisfies DecoderMessage)
} catch (error) {
  port.postMessage(plainError(error) satisfies DecoderMessage)
}
port.close()
