import { isDeepStrictEqual } from 'node:util'
import { Refusal } from '../../kernel/refusal.ts'
import type {
  NewWebAuthnCredential,
  PasswordCredential,
  WebAuthnCredential,
} from '../../projections/credentials/credential.ts'
import type { Views } from '../../projections/views.ts'

/** The commands that the repository submits: each leaves an event, or refuses. */
export interface CredentialCommands {
  registerPasskey(credential: NewWebAuthnCredential): Promise<unknown>
  renamePasskey(userId: string, credentialId: Uint8Array, deviceName: string): Promise<unknown>
  recordPasskeyUse(credential: PasskeyUse): Promise<unknown>
  removePasskey(userId: string, credentialId: Uint8Array): Promise<unknown>
  /** Gives a user a first password; refuses when there is one. */
  addPassword(userId: string, passwordHash: string): Promise<unknown>
  removePassword(userId: string): Promise<unknown>
}

type PasskeyUse = Pick<WebAuthnCredential, 'user_id' | 'credential_id' | 'sign_count' | 'backup_state'>

/** What was fixed when a passkey was registered. */
const FIXED = ['public_key', 'transports', 'aaguid', 'backup_eligible', 'created_at', 'set_by'] as const

/** Passkeys and passwords: read from the read model, written by commands. */
export class CredentialRepository {
  readonly #views: Pick<Views, 'credentials'>
  readonly #commands: CredentialCommands

  constructor(views: Pick<Views, 'credentials'>, commands: CredentialCommands) {
    this.#views = views
    this.#commands = commands
  }

  /** Adds a passkey. @throws DuplicateError when its id is taken; Refusal `not_found` without its user. */
  async createWebauthn(credential: NewWebAuthnCredential): Promise<WebAuthnCredential> {
    await this.#commands.registerPasskey(credential)
    return this.#held(credential.user_id, credential.credential_id)
  }

  /** Gives a user a password. @throws DuplicateError when the user has one; Refusal `not_found`. */
  async createPassword(
    credential: Omit<PasswordCredential, 'created_at' | 'set_by'>,
  ): Promise<PasswordCredential> {
    await this.#commands.addPassword(credential.user_id, credential.password_hash)
    const held = this.#views.credentials.passwordOf(credential.user_id)
    if (!held) throw new Refusal('not_found', 'The password was removed in the meantime')
    return held
  }

  /** Lists the passkeys of a user, the oldest first. */
  async getWebauthnByUser(userId: string): Promise<WebAuthnCredential[]> {
    return this.#views.credentials.passkeysOf(userId)
  }

  async getWebauthnByCredentialId(credentialId: Uint8Array): Promise<WebAuthnCredential | null> {
    return this.#views.credentials.passkeyById(credentialId)
  }

  async getPasswordByUser(userId: string): Promise<PasswordCredential | null> {
    return this.#views.credentials.passwordOf(userId)
  }

  /**
   * Writes a new name, and a use with its new counter; answers the passkey as it is now.
   *
   * @throws Refusal `not_found`; `counter_regressed`; `invalid_input` when something differs that cannot change.
   */
  async updateWebauthn(credential: WebAuthnCredential): Promise<WebAuthnCredential> {
    const { user_id, credential_id, device_name, sign_count, backup_state, last_used_at } = credential
    const before = this.#held(user_id, credential_id)
    const changed = FIXED.find((field) => !isDeepStrictEqual(plain(credential[field]), plain(before[field])))
    if (changed) throw new Refusal('invalid_input', `The ${changed} of a passkey cannot change`)
    const used =
      sign_count !== before.sign_count ||
      backup_state !== before.backup_state ||
      last_used_at !== before.last_used_at
    if (used) await this.#commands.recordPasskeyUse({ user_id, credential_id, sign_count, backup_state })
    if (device_name !== before.device_name) {
      await this.#commands.renamePasskey(user_id, credential_id, device_name)
    }
    return this.#held(user_id, credential_id)
  }

  /** Removes a passkey; answers whether there was one. @throws Refusal `last_credential`. */
  async deleteWebauthn(userId: string, credentialId: Uint8Array): Promise<boolean> {
    return removed(this.#commands.removePasskey(userId, credentialId))
  }

  /** Removes the password of a user; answers whether there was one. @throws Refusal `last_credential`. */
  async deletePassword(userId: string): Promise<boolean> {
    return removed(this.#commands.removePassword(userId))
  }

  #held(userId: string, credentialId: Uint8Array): WebAuthnCredential {
    const held = this.#views.credentials.passkeyById(credentialId)
    if (held?.user_id !== userId) throw new Refusal('not_found', 'There is no such passkey')
    return held
  }
}

// A Buffer and a Uint8Array of the same bytes are the same key.
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value
}

async function removed(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal
    return true
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return false
    throw error
  }
}
