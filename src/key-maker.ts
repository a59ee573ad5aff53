// The entry of the thread that makes subject keys ahead of their use, so that the writer never waits for the
// key file to reach the disk.
import { parentPort, workerData } from 'node:worker_threads'
import { systemRandom } from './kernel/random.ts'
import { keyMaker } from './log/key-stock.ts'
import { openKeys } from './log/sqlite/installation.ts'

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
    (made) => port.postMessage({ made }),
    (error: unknown) => port.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  )
})
