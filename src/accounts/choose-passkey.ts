import type { RegistrationFacts } from '../authn/webauthn-registration.ts'
import type { CommandInput } from '../commands/catalogue.ts'

type Passkey = Omit<CommandInput<'register-passkey'>, 'userid'>

/** Turns the facts of a finished registration into the input of a command; `name` is its device name. */
export function passkeyOf(facts: RegistrationFacts, name: string | null): Passkey {
  const { user_handle: _handle, user_verified: _verified, ...passkey } = facts
  return { ...passkey, device_name: name ?? '' }
}
