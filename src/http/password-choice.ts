import { requireAcceptablePassword } from '../authn/password-policy.ts'
import { SERVICE_NAME } from '../kernel/service-name.ts'
import type { User } from '../projections/users/user.ts'
import type { PageDeps } from './page-deps.ts'

/**
 * Hashes a password that a person chose.
 *
 * @throws PasswordRefused with the reason, before anything is hashed; Refusal `overloaded`.
 */
export async function choosePassword(
  password: string,
  person: Partial<User>,
  { passwords, settings }: PageDeps,
): Promise<string> {
  requireAcceptablePassword(password, {
    minimum: settings.passwordMinLength,
    serviceName: SERVICE_NAME,
    person,
  })
  return passwords.hash(password, { lane: 'known', party: `account:${person.userid ?? person.username}` })
}
