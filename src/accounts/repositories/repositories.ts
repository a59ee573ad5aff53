import type { CommandGateway, CommandInput, CommandOutcomeOf, CommandType } from '../../commands/catalogue.ts'
import { command, NO_ORIGIN } from '../../commands/command.ts'
import type { Answer } from '../../commands/definition.ts'
import type { Actor, Origin } from '../../events/envelope.ts'
import type { Views } from '../../projections/views.ts'
import { type CredentialCommands, CredentialRepository } from './credentials.ts'
import { type MagicLinkCommands, MagicLinkRepository } from './magic-links.ts'
import { type UserCommands, UserRepository } from './users.ts'

/** The three repositories over one installation. */
export interface Repositories {
  users: UserRepository
  credentials: CredentialRepository
  magicLinks: MagicLinkRepository
}

/** Makes the repositories for one actor, whom every event of theirs names. */
export function createRepositories(
  storage: { views: Views; commands: CommandGateway },
  actor: Actor,
  origin: Origin = NO_ORIGIN,
): Repositories {
  const submit = <T extends CommandType>(type: T, input: CommandInput<T>) =>
    storage.commands.submit(command(type, input, actor, origin))
  return {
    users: new UserRepository(storage.views, userCommands(submit)),
    credentials: new CredentialRepository(storage.views, credentialCommands(submit)),
    magicLinks: new MagicLinkRepository(storage.views, magicLinkCommands(submit)),
  }
}

type Submit = <T extends CommandType>(type: T, input: CommandInput<T>) => Promise<Answer<CommandOutcomeOf<T>>>

function userCommands(submit: Submit): UserCommands {
  return {
    register: async ({ active = true, ...user }) => {
      // Asked for in one turn, both are decided in one batch and written in one commit.
      const registered = submit('register-user', user)
      const { userid } = user
      await Promise.all([registered, active ? null : submit('change-user', { userid, changes: { active } })])
    },
    change: (userid, changes) => submit('change-user', { userid, changes }),
    erase: (userid) => submit('erase-user', { userid }),
  }
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

function credentialCommands(submit: Submit): CredentialCommands {
  return {
    registerPasskey: ({ user_id: userid, credential_id, public_key, ...rest }) =>
      submit('register-passkey', {
        ...rest,
        userid,
        credential_id: base64url(credential_id),
        public_key: base64url(public_key),
      }),
    renamePasskey: (userid, id, device_name) =>
      submit('rename-passkey', { userid, credential_id: base64url(id), device_name }),
    recordPasskeyUse: ({ user_id: userid, credential_id, ...use }) =>
      submit('record-passkey-use', { userid, credential_id: base64url(credential_id), ...use }),
    removePasskey: (userid, id) => submit('remove-passkey', { userid, credential_id: base64url(id) }),
    addPassword: (userid, password_hash) => submit('set-password', { userid, password_hash, replace: false }),
    removePassword: (userid) => submit('remove-password', { userid }),
  }
}

function magicLinkCommands(submit: Submit): MagicLinkCommands {
  return {
    issue: (link) => submit('issue-magic-link', link),
    use: (token_hash, purpose) => submit('use-magic-link', { token_hash, purpose }),
    purge: async (limit) => (await submit('purge-magic-links', { limit })).outcome.purged,
  }
}
