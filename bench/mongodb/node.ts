// One node of several: waits for the signal to begin, registers people from several callers at once for a while,
// and reports how many that were.
import { openThreadedStorage } from '../../src/storage/open.ts'
import { load } from '../callers.ts'
import { register } from '../core/registrations.ts'
import type { NodeTask } from './nodes.ts'

const task = JSON.parse(process.argv[2] ?? '') as NodeTask
const storage = await openThreadedStorage(
  { ...task.installation, masterKey: Buffer.from(task.masterKey, 'base64') },
  (error) => {
    throw error
  },
)
let people = 0
const registration = () => {
  people += 1
  return register(storage, `${task.name}-${people}`)
}
await load(task.callers * 5, task.callers, registration)
process.send?.('ready')
await new Promise((resolve) => process.once('message', resolve))
const result = await load(task.count, task.callers, registration)
process.send?.(result)
await storage.close()
process.disconnect()
