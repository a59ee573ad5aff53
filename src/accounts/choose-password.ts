import { type PasswordContext, requireAcceptablePassword } from '../authn/password-policy.ts'
import type { PasswordService } from '../authn/password-service.ts'
import { SERVICE_NAME } from '../kernel/service-name.ts'
import type { User } from '../projections/users/user.ts'

/** What choosing a password needs. */
export interface PasswordChoiceDeps {
  passwords: Pick<PasswordService, 'hash'>
  settings: { passwordMinLength: number }
}

/** Checks a password that a person wants to choose. @throws PasswordRefused with the reason. */
export function requireGoodPassword(
  password: string,
  person: PasswordContext['person'],
  { settings }: Pick<PasswordChoiceDeps, 'settings'>,
): void {
  requireAcceptablePassword(password, {
    minimum: settings.passwordMinLength,
    serviceName: SERVICE_NAME,
    person,
  })
}

/**
 * Hashes a password that a person chose.
 *
 * @throws PasswordRefused with the reason, before anything is hashed; Refusal `overloaded`.
 */
export async function choosePassword(
  password: string,
  person: Partial<User>,
  { passwords, settings }: PasswordChoiceDeps,
): Promise<string> {
  requireGoodPassword(password, person, { settings })
  return passwords.hash(password, { lane: 'known', party: `account:${person.userid ?? person.username}` })
}
