import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { DuplicateError } from '../../src/kernel/refusal.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import type { Storage } from '../../src/storage/open.ts'

/** Registers a person with a usual profile and gives the user id. A user id that is taken is drawn again. */
export async function register(storage: Storage, name: string): Promise<string> {
  for (;;) {
    const userid = generateUserid()
    const input = {
      userid,
      username: name,
      email: `${name}@example.org`,
      given_name: 'Perpetua',
      family_name: `Felicitas ${name}`,
      locale: 'en-GB',
    }
    try {
      await storage.commands.submit(command('register-user', input, SYSTEM_ACTOR))
      return userid
    } catch (error) {
      if (!(error instanceof DuplicateError && error.key === 'userid')) throw error
    }
  }
}
