// The entry of the upkeep thread, which does work that would otherwise delay the writer: it makes subject keys ahead
// of their use, and checkpoints the WAL.
import { parentPort, workerData } from 'node:worker_threads'
import { storageRefusal } from '../kernel/mongodb-faults.ts'
import { type PlainError, plainError } from '../kernel/plain-error.ts'
import { systemRandom } from '../kernel/random.ts'
import { type FreshKey, keyMaker } from '../log/keys/key-stock.ts'
import { openForWriting } from '../log/sqlite/database.ts'
import { openSqliteKeys } from '../log/sqlite/open-keys.ts'
import { checkpointWal } from '../log/sqlite/wal.ts'

/** What the thread is asked for: so many keys, or a checkpoint of the WAL. */
export type UpkeepTask = { keys: number } | 'checkpoint' | 'close'

/** What the thread answers: one message for each request for keys, in order, and one for each checkpoint. */
export type UpkeepAnswer = { made: FreshKey[] } | { unmade: PlainError } | { checkpointed: PlainError | null }

if (!parentPort) throw new Error('src/storage/upkeep-thread.ts runs as a worker thread only')
const port = parentPort
const answer = (message: UpkeepAnswer) => port.postMessage(message)
const keys = openSqliteKeys(workerData.files, workerData.log)
const make = keyMaker(keys, systemRandom)
const db = openForWriting(workerData.files.database)

port.on('message', (task: UpkeepTask) => {
  if (task === 'close') {
    keys.close()
    db.close()
    port.close()
  } else if (task === 'checkpoint') {
    answer({ checkpointed: checkpoint() })
  } else {
    make(task.keys).then(
      (made) => answer({ made }),
      (error: unknown) => answer({ unmade: plainError(error) }),
    )
  }
})

function checkpoint(): PlainError | null {
  try {
    checkpointWal(db)
    return null
  } catch (error) {
    const refusal = storageRefusal(error, 'storage_failed')
    // When the disk is full or another checkpoint is running, the WAL stays as it is and is tried again later.
    if (refusal && refusal.code !== 'storage_failed') return null
    return plainError(refusal ?? error)
  }
}
