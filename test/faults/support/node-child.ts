// One node of several: writes without end until it is told to stop, reports what was acknowledged, and kills
// itself at a labelled point of an append when it is told to.
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { MongoArbiter } from '../../../src/log/mongodb/arbiter.ts'
import type { MongoAddress } from '../../../src/log/mongodb/connection.ts'
import { SqliteTransaction } from '../../../src/log/sqlite/transaction.ts'
import { openStorage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { childArgument, report } from './child.ts'
import type { Death } from './deaths.ts'

export interface NodeTask {
  directory: string
  mongodb: MongoAddress
  /** Base64. */
  masterKey: string
  /** Dies at this point of one of its appends. */
  dies: { at: Death; append: number } | null
}

export type NodeReport =
  | { kind: 'ready' }
  | { kind: 'acknowledged'; id: string; position: number; at: number }
  | { kind: 'refused'; id: string; code: string }

const WRITERS = 6

const task = childArgument<NodeTask>()
const { dies } = task
let appends = 0
// Or later: while an answer is on its way, the next append may begin.
const isDue = (at: Death) => dies?.at === at && appends >= dies.append
const die = () => process.kill(process.pid, 'SIGKILL')

const append = MongoArbiter.prototype.append
MongoArbiter.prototype.append = async function (commit) {
  appends += 1
  if (isDue('decided')) die()
  const appending = append.call(this, commit)
  // Long enough for the request to leave, too short for it to be answered.
  if (isDue('sent')) setImmediate(() => setImmediate(die))
  const result = await appending
  if (isDue('appended')) die()
  return result
}
const commit = SqliteTransaction.prototype.commit
SqliteTransaction.prototype.commit = function () {
  commit.call(this)
  if (isDue('kept')) die()
}

const files = { ...filesIn(task.directory, Buffer.from(task.masterKey, 'base64')), mongodb: task.mongodb }
const storage = await openStorage(files)
let stopped = false
process.once('message', () => {
  stopped = true
})
await report({ kind: 'ready' } satisfies NodeReport)

async function write(): Promise<void> {
  while (!stopped) {
    const userid = generateUserid()
    const registration = command('register-user', { userid, username: `name-${newId()}` }, SYSTEM_ACTOR)
    try {
      const { position } = await storage.commands.submit(registration)
      await report({
        kind: 'acknowledged',
        id: registration.id,
        position,
        at: Date.now(),
      } satisfies NodeReport)
      if (isDue('answered')) die()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await report({ kind: 'refused', id: registration.id, code: error.code } satisfies NodeReport)
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, write))
await storage.close()
process.disconnect()
