import type { RegistrationFacts } from '../authn/webauthn-registration.ts'
import type { CommandInput } from '../commands/catalogue.ts'

type Passkey = Omit<CommandInput<'register-passkey'>, 'userid'>

/** Turns what a finished registration proves into what a command takes; `name` tells it from others. */
export function passkeyOf(facts: RegistrationFacts, name: string | null): Passkey {
  const { user_handle: _handle, user_verified: _verified, ...passkey } = facts
  return { ...passkey, device_name: name ?? '' }
}
