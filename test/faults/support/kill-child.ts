// A server in the middle of its work: many callers at once, people who come and go, documents beside them. It
// reports what was acknowledged, and goes on until it is killed.
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { openThreadedStorage, type Storage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { persona } from '../../support/persona.ts'
import { type Seeded, seeded } from '../../support/seeded.ts'
import { childArgument, report } from './child.ts'

export interface KillTask {
  directory: string
  seed: number
  callers: number
}

export type KillReport =
  | { kind: 'ready' }
  /** A command that was acknowledged; `erased` names the person whose erasure it was. */
  | { kind: 'command'; id: string; erased?: string }
  | { kind: 'document'; key: string }
  | { kind: 'failure'; text: string }

async function serve(task: KillTask): Promise<void> {
  const storage = await openThreadedStorage(filesIn(task.directory), fail)
  await report({ kind: 'ready' } satisfies KillReport)
  await Promise.all(
    Array.from({ length: task.callers }, (_, index) => call(storage, seeded(task.seed + index))),
  )
}

function fail(error: unknown): void {
  void report({ kind: 'failure', text: String(error) } satisfies KillReport)
}

async function call(storage: Storage, random: Seeded): Promise<never> {
  const people: string[] = []
  for (;;) {
    try {
      await report(await once(storage, random, people))
    } catch (error) {
      fail(error instanceof Refusal ? `${error.code}: ${error.message}` : error)
    }
  }
}

async function once(storage: Storage, random: Seeded, people: string[]): Promise<KillReport> {
  const choice = people.length < 2 ? 0 : random.below(20)
  if (choice === 19) {
    const key = newId()
    await storage.documents.insertOnce('test', key, { choice }, Date.now() + 3_600_000)
    return { kind: 'document', key }
  }
  const submitted = nextCommand(choice, random, people)
  await storage.commands.submit(submitted)
  const erased = submitted.type === 'erase-user' ? { erased: submitted.input.userid } : {}
  return { kind: 'command', id: submitted.id, ...erased }
}

function nextCommand(choice: number, random: Seeded, people: string[]) {
  if (choice < 5) {
    const { userid, profile } = persona(generateUserid())
    people.push(userid)
    return command('register-user', { userid, ...profile }, SYSTEM_ACTOR)
  }
  if (choice >= 17) {
    const [userid = ''] = people.splice(random.below(people.length), 1)
    return command('erase-user', { userid }, SYSTEM_ACTOR)
  }
  const { userid, profile, password_hash, passkey } = persona(random.pick(people))
  if (choice < 8) return command('set-password', { userid, password_hash }, SYSTEM_ACTOR)
  if (choice < 9) {
    const credential_id = Buffer.from(
      `${passkey.device_name} ${Math.random().toString(36).slice(2)}`,
    ).toString('base64url')
    return command('register-passkey', { userid, ...passkey, credential_id }, SYSTEM_ACTOR)
  }
  if (choice < 14) {
    const nickname = `${profile.nickname} ${Math.random().toString(36).slice(2)}`
    return command('change-user', { userid, changes: { nickname } }, SYSTEM_ACTOR)
  }
  const session = {
    userid,
    session_id: newId(),
    amr: ['pwd' as const],
    expires_at: '2099-01-01T00:00:00.000Z',
  }
  return command('record-sign-in', { ...session, device_name: passkey.device_name }, SYSTEM_ACTOR)
}

await serve(childArgument())
