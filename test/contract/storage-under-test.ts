import type { CommandInput, CommandType } from '../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import type { Storage } from '../../src/storage/open.ts'

/** An installation as one of those who opened it sees it. */
export interface Node extends Storage {
  /** Hashes the read models of this node. */
  digest(): string
}

/** An installation that is new and empty, and that several nodes or processes may open at once. */
export interface InstallationUnderTest {
  /** Opens it once more. */
  open(): Promise<Node>
  /** Closes whatever is open, and removes everything. */
  close(): Promise<void>
}

/** Makes a command of the system. */
export function systemCommand<T extends CommandType>(type: T, input: CommandInput<T>) {
  return command(type, input, SYSTEM_ACTOR)
}

/** Registers a person and answers the user id and where that stands. */
export async function register(storage: Storage, username: string, email?: string) {
  const userid = generateUserid()
  const input = { userid, username, ...(email ? { email, email_verified: true } : {}) }
  const answer = await storage.commands.submit(systemCommand('register-user', input))
  return { userid, ...answer }
}

/** Lists the types of all events, in order. */
export function eventTypes(storage: Storage): string[] {
  return storage.log.eventsAfter(0, -1).map(({ type }) => type)
}
