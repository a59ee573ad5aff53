// A process that changes accounts without end and runs the reactions. A notice counts as sent once its id is in a file
// on the disk, as a mail counts once the mail server has it. It goes on until it is killed or told to stop.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import type { MongoAddress } from '../../../src/log/mongodb/connection.ts'
import { startReactions } from '../../../src/reactions/reactions.ts'
import { openStorage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { childArgument, report } from './child.ts'

export interface ReactionsTask {
  directory: string
  /** Base64. */
  masterKey: string
  mongodb: MongoAddress | null
  /** Where the ids of the sent notices are kept, one a line. */
  sent: string
  people: readonly string[]
  writes: boolean
}

export type ReactionsReport = { kind: 'ready' } | { kind: 'changed' } | { kind: 'cursor'; sequence: number }

const task = childArgument<ReactionsTask>()
const files = filesIn(task.directory, Buffer.from(task.masterKey, 'base64'))
const storage = await openStorage(task.mongodb ? { ...files, mongodb: task.mongodb } : files)
let stopped = false
process.once('message', () => {
  stopped = true
})

const reactions = startReactions({
  ...storage,
  clock: systemClock,
  mail: {
    async send({ id }) {
      const file = openSync(task.sent, 'a')
      writeSync(file, `${id}\n`)
      fsyncSync(file)
      closeSync(file)
      const cursor = await storage.cursors.find('notices')
      await report({ kind: 'cursor', sequence: cursor?.sequence ?? 0 } satisfies ReactionsReport)
    },
  },
  report: () => undefined,
  fault: () => undefined,
  timing: { firstRetry: 20, longestRetry: 50, lease: 500, renew: 100, gather: 1 },
})
await report({ kind: 'ready' } satisfies ReactionsReport)

for (let n = 0; !stopped; n += 1) {
  const userid = task.people[n % task.people.length] ?? ''
  if (task.writes) {
    const change = command(
      'set-password',
      { userid, password_hash: '$argon2id$v=19$m=8,t=1,p=1$x$x' },
      SYSTEM_ACTOR,
    )
    try {
      await storage.commands.submit(change)
      await report({ kind: 'changed' } satisfies ReactionsReport)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  } else await new Promise((resolve) => setTimeout(resolve, 20))
}
await reactions.stop()
await storage.close()
process.disconnect()
