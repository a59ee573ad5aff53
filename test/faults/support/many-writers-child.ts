import type { Installation } from '../../../src/log/installation.ts'
// One of many processes that write to the same installation: it fights the others over a small set of names,
// in batches of very different sizes, and now and then closes everything and opens it again.

import type { Command } from '../../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import type { MongoAddress } from '../../../src/log/mongodb/connection.ts'
import { openStorage, type Storage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { type Seeded, seeded } from '../../support/seeded.ts'
import { childArgument, report } from './child.ts'

export interface ManyWritersTask {
  directory: string
  seed: number
  commands: number
  /** How many names all the processes fight over. */
  names: number
  /** Where the log is shared by nodes: its address, and the master key of all in base64. */
  shared?: { mongodb: MongoAddress; masterKey: string }
}

/** What a process reports after each batch: the commands that were acknowledged, and why others were not. */
export interface BatchReport {
  acknowledged: { id: string; position: number; outcome: unknown }[]
  refused: Record<string, number>
}

const BATCH_SIZES = [1, 1, 1, 2, 4, 8, 32, 128]

async function work(task: ManyWritersTask): Promise<void> {
  const random = seeded(task.seed)
  const mine: string[] = []
  let storage = await openStorage(installationOf(task))
  for (let left = task.commands; left > 0; ) {
    const size = Math.min(left, random.pick(BATCH_SIZES))
    left -= size
    const commands = Array.from({ length: size }, () => nextCommand(random, mine, task.names))
    await report(await submitAll(storage, commands, mine))
    if (random.chance(0.1)) {
      await storage.close()
      storage = await openStorage(installationOf(task))
    }
  }
  await storage.close()
}

function installationOf({ directory, shared }: ManyWritersTask): Installation {
  if (!shared) return filesIn(directory)
  return { ...filesIn(directory, Buffer.from(shared.masterKey, 'base64')), mongodb: shared.mongodb }
}

function nextCommand(random: Seeded, mine: readonly string[], names: number): Command {
  const username = () => `name-${random.below(names)}`
  const kind = mine.length === 0 ? 0 : random.below(10)
  if (kind < 3)
    return command('register-user', { userid: generateUserid(), username: username() }, SYSTEM_ACTOR)
  const userid = random.pick(mine)
  if (kind < 6)
    return command(
      'change-user',
      { userid, changes: { username: username(), nickname: newId() } },
      SYSTEM_ACTOR,
    )
  if (kind < 9) {
    const input = { userid, failures: 1 + random.below(9), window_seconds: 60 }
    return command('count-sign-in-failures', input, SYSTEM_ACTOR)
  }
  const session = {
    userid,
    session_id: newId(),
    amr: ['pwd' as const],
    expires_at: '2099-01-01T00:00:00.000Z',
  }
  return command('record-sign-in', session, SYSTEM_ACTOR)
}

async function submitAll(
  storage: Storage,
  commands: readonly Command[],
  mine: string[],
): Promise<BatchReport> {
  const done: BatchReport = { acknowledged: [], refused: {} }
  const submit = async (submitted: Command): Promise<void> => {
    try {
      const { position, outcome } = await storage.commands.submit(submitted)
      done.acknowledged.push({ id: submitted.id, position, outcome })
      if (submitted.type === 'register-user') mine.push(submitted.input.userid)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Not done, says the refusal; the same id may be tried again.
      if (error.code === 'overloaded') return submit(submitted)
      done.refused[error.code] = (done.refused[error.code] ?? 0) + 1
    }
  }
  await Promise.all(commands.map(submit))
  return done
}

await work(childArgument())
process.disconnect()
