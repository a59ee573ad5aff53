import type { z } from 'zod'
import { changeClient } from './clients/change-client.ts'
import { countClientSecretFailures } from './clients/count-client-secret-failures.ts'
import { registerClient } from './clients/register-client.ts'
import { removeClient } from './clients/remove-client.ts'
import { rotateClientSecret } from './clients/rotate-client-secret.ts'
import { flagPasskey } from './credentials/flag-passkey.ts'
import { recordPasskeyUse } from './credentials/record-passkey-use.ts'
import { registerPasskey } from './credentials/register-passkey.ts'
import { rehashPassword } from './credentials/rehash-password.ts'
import { removePasskey } from './credentials/remove-passkey.ts'
import { removePassword } from './credentials/remove-password.ts'
import { renamePasskey } from './credentials/rename-passkey.ts'
import { setPassword } from './credentials/set-password.ts'
import type { Answer, CommandDefinition, CommandEnvelope, Outcome } from './definition.ts'
import { acceptLoss } from './log/accept-loss.ts'
import { beginEpoch } from './log/begin-epoch.ts'
import { changeRelyingPartyId } from './log/change-relying-party-id.ts'
import { acceptInvitation } from './magic-links/accept-invitation.ts'
import { issueMagicLink } from './magic-links/issue-magic-link.ts'
import { purgeMagicLinks } from './magic-links/purge-magic-links.ts'
import { recoverAccount } from './magic-links/recover-account.ts'
import { revokeMagicLink } from './magic-links/revoke-magic-link.ts'
import { useMagicLink } from './magic-links/use-magic-link.ts'
import { countSignInFailures } from './sessions/count-sign-in-failures.ts'
import { endSession } from './sessions/end-session.ts'
import { endSessions } from './sessions/end-sessions.ts'
import { recordSignIn } from './sessions/record-sign-in.ts'
import { recordThrottling } from './sessions/record-throttling.ts'
import { reportTokenReuse } from './sessions/report-token-reuse.ts'
import { activateSigningKey } from './signing-keys/activate-signing-key.ts'
import { createSigningKey } from './signing-keys/create-signing-key.ts'
import { retireSigningKey } from './signing-keys/retire-signing-key.ts'
import { changeUser } from './users/change-user.ts'
import { eraseUser } from './users/erase-user.ts'
import { registerUser } from './users/register-user.ts'
import { verifyUserEmail } from './users/verify-user-email.ts'

/** Every command there is. */
export const COMMANDS = [
  registerUser,
  changeUser,
  verifyUserEmail,
  eraseUser,
  setPassword,
  rehashPassword,
  removePassword,
  registerPasskey,
  renamePasskey,
  recordPasskeyUse,
  flagPasskey,
  removePasskey,
  issueMagicLink,
  useMagicLink,
  acceptInvitation,
  recoverAccount,
  revokeMagicLink,
  purgeMagicLinks,
  registerClient,
  changeClient,
  rotateClientSecret,
  removeClient,
  countClientSecretFailures,
  recordSignIn,
  endSession,
  endSessions,
  countSignInFailures,
  recordThrottling,
  reportTokenReuse,
  createSigningKey,
  activateSigningKey,
  retireSigningKey,
  beginEpoch,
  acceptLoss,
  changeRelyingPartyId,
] as const

type Definition = (typeof COMMANDS)[number]

/** The name of a command. */
export type CommandType = Definition['type']

type DefinitionOf<T extends CommandType> = Extract<Definition, { type: T }>

/** The input of the command `T`, as a caller writes it. */
export type CommandInput<T extends CommandType> = z.input<DefinitionOf<T>['schema']>

/** The answer of the command `T`. */
export type CommandOutcomeOf<T extends CommandType> = ReturnType<DefinitionOf<T>['decide']>['outcome']

/** Any command, ready to be submitted. */
export type Command = { [T in CommandType]: CommandEnvelope<T, CommandInput<T>> }[CommandType]

/** Carries out commands: the engine in this process, or the channel to it. */
export interface CommandGateway {
  /** Carries out a command. @throws Refusal when it was decided against, or could not be written. */
  submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>>
}

type AnyCommand = CommandDefinition<string, z.ZodType, Outcome>
const byType: ReadonlyMap<string, AnyCommand> = new Map(
  COMMANDS.map((definition) => [definition.type, definition as AnyCommand]),
)

/** Finds a command by name, or `undefined`. */
export function commandDefinition(type: string): AnyCommand | undefined {
  return byType.get(type)
}
