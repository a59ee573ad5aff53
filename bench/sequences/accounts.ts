import { PasswordService } from '../../src/authn/password-service.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openStorage } from '../../src/storage/open.ts'

/** The classes of account that a typed name may belong to. */
export const CLASSES = ['unknown', 'known', 'deactivated'] as const
export type AccountClass = (typeof CLASSES)[number]

/** The name of one account of a class; all are of one length. */
export function nameOf(of: AccountClass, index: number): string {
  return `${of.slice(0, 2)}-${String(index).padStart(5, '0')}`
}

/** Fills an installation with accounts of each class that exists. */
export async function makeAccounts(directory: string, count: number): Promise<void> {
  const settings = readSettings({ OIDC_OP_DATA_DIR: directory }, () => '')
  const passwords = await PasswordService.start({ random: systemRandom, concurrency: 1 })
  const password_hash = await passwords.hash('copper lantern under seven bridges')
  const storage = await openStorage(installationFiles(settings))
  for (const of of CLASSES) {
    if (of === 'unknown') continue
    for (let index = 0; index < count; index += 1) {
      const [userid, username] = [generateUserid(), nameOf(of, index)]
      const person = { userid, username, email: `${username}@example.org` }
      await storage.commands.submit(command('register-user', person, SYSTEM_ACTOR))
      await storage.commands.submit(command('set-password', { userid, password_hash }, SYSTEM_ACTOR))
      if (of === 'known') continue
      const change = { userid, changes: { active: false } }
      await storage.commands.submit(command('change-user', change, SYSTEM_ACTOR))
    }
  }
  await storage.close()
}
