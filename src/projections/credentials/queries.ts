import type { SqlConnection } from '../../kernel/sql.ts'
import type { PasswordCredential, WebAuthnCredential } from './credential.ts'

type PasskeyRow = Omit<WebAuthnCredential, 'transports' | 'backup_eligible' | 'backup_state'> & {
  transports: string
  backup_eligible: number
  backup_state: number
}

const PASSKEY = `SELECT user_id, credential_id, public_key, sign_count, device_name, transports, aaguid,
  backup_eligible, backup_state, created_at, last_used_at, set_by FROM webauthn_credentials`

/** Reads passkeys and passwords from the read model. */
export function credentialQueries(sql: SqlConnection) {
  const passkeysOf = sql.prepare(`${PASSKEY} WHERE user_id = ? ORDER BY created_at, credential_id`)
  const passkeyById = sql.prepare(`${PASSKEY} WHERE credential_id = ?`)
  const countPasskeys = sql.prepare('SELECT count(*) FROM webauthn_credentials WHERE user_id = ?').pluck(true)
  const passwordOf = sql.prepare(
    'SELECT user_id, password_hash, created_at, set_by FROM password_credentials WHERE user_id = ?',
  )
  return {
    passkeysOf: (userId: string) => passkeysOf.all(userId).map((row) => toPasskey(row as PasskeyRow)),
    passkeyById: (credentialId: Uint8Array) => {
      const row = passkeyById.get(credentialId)
      return row === undefined ? null : toPasskey(row as PasskeyRow)
    },
    countPasskeys: (userId: string) => countPasskeys.get(userId) as number,
    passwordOf: (userId: string) => (passwordOf.get(userId) as PasswordCredential | undefined) ?? null,
  }
}

function toPasskey(row: PasskeyRow): WebAuthnCredential {
  return {
    ...row,
    transports: JSON.parse(row.transports) as string[],
    backup_eligible: row.backup_eligible === 1,
    backup_state: row.backup_state === 1,
  }
}
