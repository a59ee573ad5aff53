// A server whose disk is about to fail: callers who never give up, and a reader beside them. What each caller
// was told is reported; the parent asks for the state, and for the end.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { openThreadedStorage, type Storage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { persona } from '../../support/persona.ts'
import { childArgument, report } from './child.ts'

export interface ServerTask {
  directory: string
  callers: number
}

export type ServerReport =
  | { kind: 'ready' }
  | { kind: 'acknowledged'; id: string }
  | { kind: 'refused'; code: string; text: string }
  /** The answer to `state`: how many events a reader sees, and the longest lag of the loop since the last one. */
  | { kind: 'state'; events: number; lag: number }
  | { kind: 'writer lost'; text: string }

export type ServerOrder = 'state' | 'stop'

const RESOLUTION = 5

async function serve({ directory, callers }: ServerTask): Promise<void> {
  const storage = await openThreadedStorage(filesIn(directory), (error) => {
    void report({ kind: 'writer lost', text: String(error) } satisfies ServerReport)
  })
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION })
  lag.enable()
  let running = true
  process.on('message', (order: ServerOrder) => {
    if (order === 'stop') {
      running = false
      return
    }
    const events = storage.log.head().sequence
    void report({ kind: 'state', events, lag: lag.max / 1e6 - RESOLUTION } satisfies ServerReport)
    lag.reset()
  })
  await report({ kind: 'ready' } satisfies ServerReport)
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const people: string[] = []
      while (running) await report(await call(storage, people))
    }),
  )
  await storage.close()
  process.disconnect()
}

async function call(storage: Storage, people: string[]): Promise<ServerReport> {
  const submitted = nextCommand(people)
  try {
    await storage.commands.submit(submitted)
    if (submitted.type === 'register-user') people.push(submitted.input.userid)
    return { kind: 'acknowledged', id: submitted.id }
  } catch (error) {
    // As a client would, and so that the report of a thousand refusals is not what is measured.
    await pause(20)
    return {
      kind: 'refused',
      code: error instanceof Refusal ? error.code : 'unexpected',
      text: String(error),
    }
  }
}

/** One command in ten needs a new key, and so also the file of the keys. */
function nextCommand(people: readonly string[]) {
  const userid = people.at(-1)
  if (userid === undefined || Math.random() < 0.1) {
    const person = persona(generateUserid())
    return command('register-user', { userid: person.userid, ...person.profile }, SYSTEM_ACTOR)
  }
  const session = {
    userid,
    session_id: newId(),
    amr: ['pwd' as const],
    expires_at: '2099-01-01T00:00:00.000Z',
  }
  return command('record-sign-in', session, SYSTEM_ACTOR)
}

await serve(childArgument())
