// The entry of the thread that makes subject keys ahead of their use, so that the writer never waits for the
// key file to reach the disk.
import { parentPort, workerData } from 'node:worker_threads'
import { type PlainError, plainError } from './commands/plain-error.ts'
import { systemRandom } from './kernel/random.ts'
import { type FreshKey, keyMaker } from './log/key-stock.ts'
import { openKeys } from './log/sqlite/installation.ts'

/** What comes back for each request, in order. */
export type MadeKeys = { made: FreshKey[] } | PlainError

if (!parentPort) throw new Error('src/key-maker.ts runs as a worker thread only')
const port = parentPort
const keys = openKeys(workerData.files, workerData.log)
const make = keyMaker(keys, systemRandom)

port.on('message', (count: number | 'close') => {
  if (count === 'close') {
    keys.close()
    port.close()
    return
  }
  make(count).then(
    (made) => port.postMessage({ made } satisfies MadeKeys),
    (error: unknown) => port.postMessage(plainError(error) satisfies MadeKeys),
  )
})
