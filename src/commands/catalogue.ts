import type { z } from 'zod'
import { acceptInvitation } from './accept-invitation.ts'
import { acceptLoss } from './accept-loss.ts'
import { activateSigningKey } from './activate-signing-key.ts'
import { beginEpoch } from './begin-epoch.ts'
import { changeClient } from './change-client.ts'
import { changeRelyingPartyId } from './change-relying-party-id.ts'
import { changeUser } from './change-user.ts'
import { countClientSecretFailures } from './count-client-secret-failures.ts'
import { countSignInFailures } from './count-sign-in-failures.ts'
import { createSigningKey } from './create-signing-key.ts'
import type { Answer, CommandDefinition, CommandEnvelope, Outcome } from './definition.ts'
import { endSession } from './end-session.ts'
import { endSessions } from './end-sessions.ts'
import { eraseUser } from './erase-user.ts'
import { flagPasskey } from './flag-passkey.ts'
import { issueMagicLink } from './issue-magic-link.ts'
import { purgeMagicLinks } from './purge-magic-links.ts'
import { recordPasskeyUse } from './record-passkey-use.ts'
import { recordSignIn } from './record-sign-in.ts'
import { recoverAccount } from './recover-account.ts'
import { registerClient } from './register-client.ts'
import { registerPasskey } from './register-passkey.ts'
import { registerUser } from './register-user.ts'
import { rehashPassword } from './rehash-password.ts'
import { removeClient } from './remove-client.ts'
import { removePasskey } from './remove-passkey.ts'
import { removePassword } from './remove-password.ts'
import { renamePasskey } from './rename-passkey.ts'
import { reportTokenReuse } from './report-token-reuse.ts'
import { retireSigningKey } from './retire-signing-key.ts'
import { revokeMagicLink } from './revoke-magic-link.ts'
import { rotateClientSecret } from './rotate-client-secret.ts'
import { setPassword } from './set-password.ts'
import { throttleSignIn } from './throttle-sign-in.ts'
import { useMagicLink } from './use-magic-link.ts'
import { verifyUserEmail } from './verify-user-email.ts'

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
  throttleSignIn,
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

/** Whoever carries out commands: the engine in this process, or the way to it. */
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
