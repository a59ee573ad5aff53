import { LEAST_LENGTH, requireAcceptablePassword } from '../authn/password-policy.ts'
import type { User } from '../projections/users/user.ts'
import type { PageDeps } from './page-deps.ts'

/** The least length of a password here: it signs in alone. */
export const LEAST_PASSWORD = LEAST_LENGTH.alone

/**
 * Hashes a password that a person chose.
 *
 * @throws PasswordRefused with the reason, before anything is hashed; Refusal `overloaded`.
 */
export async function choosePassword(
  password: string,
  person: Partial<User>,
  { passwords }: PageDeps,
): Promise<string> {
  requireAcceptablePassword(password, { minimum: LEAST_PASSWORD, serviceName: 'Countersign', person })
  return passwords.hash(password)
}
