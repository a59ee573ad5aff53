// The entry of the upkeep thread, which does what the writer would otherwise wait for. It makes subject
// keys ahead of their use, and moves the journal into the database file.

import { parentPort, workerData } from 'node:worker_threads'
import { storageRefusal } from '../kernel/mongodb-faults.ts'
import { type PlainError, plainError } from '../kernel/plain-error.ts'
import { systemRandom } from '../kernel/random.ts'
import { type FreshKey, keyMaker } from '../log/keys/key-stock.ts'
import { openForWriting } from '../log/sqlite/database.ts'
import { openSqliteKeys } from '../log/sqlite/installation.ts'
import { checkpointWal } from '../log/sqlite/wal.ts'

/** What the thread is asked for: so many keys, or to move the journal. */
export type UpkeepTask = { keys: number } | 'move journal' | 'close'

/** What comes back: one for each request of keys, in order, and whenever the journal was or could not be moved. */
export type UpkeepAnswer = { made: FreshKey[] } | { unmade: PlainError } | { moved: PlainError | null }

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
  } else if (task === 'move journal') {
    answer({ moved: moveJournal() })
  } else {
    make(task.keys).then(
      (made) => answer({ made }),
      (error: unknown) => answer({ unmade: plainError(error) }),
    )
  }
})

function moveJournal(): PlainError | null {
  try {
    checkpointWal(db)
    return null
  } catch (error) {
    const refusal = storageRefusal(error, 'storage_failed')
    // Without space, or while somebody else is at it, the journal stays as it is, and is tried again.
    if (refusal && refusal.code !== 'storage_failed') return null
    return plainError(refusal ?? error)
  }
}
