import type { Setter } from '../../events/credential.ts'
import type { ReadModel } from '../read-model.ts'

/** Keeps `webauthn_credentials` and `password_credentials`: the passkeys and passwords of users. */
export const credentials: ReadModel = {
  name: 'credentials',
  tables: { webauthn_credentials: ['user_id', 'credential_id'], password_credentials: ['user_id'] },
  handlers(sql) {
    const addPasskey = sql.prepare(
      `INSERT INTO webauthn_credentials (user_id, credential_id, public_key, sign_count, device_name, created_at,
         transports, aaguid, backup_eligible, backup_state, set_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const renamePasskey = sql.prepare(
      'UPDATE webauthn_credentials SET device_name = ? WHERE user_id = ? AND credential_id = ?',
    )
    const usePasskey = sql.prepare(
      `UPDATE webauthn_credentials SET sign_count = ?, backup_state = ?, last_used_at = ?
       WHERE user_id = ? AND credential_id = ?`,
    )
    const removePasskey = sql.prepare(
      'DELETE FROM webauthn_credentials WHERE user_id = ? AND credential_id = ?',
    )
    const setPassword = sql.prepare(
      `INSERT INTO password_credentials (user_id, password_hash, created_at, set_by) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, created_at = excluded.created_at,
         set_by = excluded.set_by`,
    )
    const rehash = sql.prepare('UPDATE password_credentials SET password_hash = ? WHERE user_id = ?')
    const removePassword = sql.prepare('DELETE FROM password_credentials WHERE user_id = ?')
    const bytes = (text: string) => Buffer.from(text, 'base64url')

    return {
      PasskeyRegistered: ({ data, time, actor_id }) => {
        addPasskey.run(
          data.userid,
          bytes(data.credential_id),
          bytes(data.public_key),
          data.sign_count,
          data.device_name,
          time,
          JSON.stringify(data.transports),
          data.aaguid,
          data.backup_eligible ? 1 : 0,
          data.backup_state ? 1 : 0,
          setterOf(data, actor_id),
        )
      },
      PasskeyRenamed: ({ data }) => {
        renamePasskey.run(data.device_name.after, data.userid, bytes(data.credential_id))
      },
      PasskeyUsed: ({ data, time }) => {
        usePasskey.run(
          data.sign_count,
          data.backup_state ? 1 : 0,
          time,
          data.userid,
          bytes(data.credential_id),
        )
      },
      PasskeyRemoved: ({ data }) => {
        removePasskey.run(data.userid, bytes(data.credential_id))
      },
      PasswordSet: ({ data, time, actor_id }) => {
        setPassword.run(data.userid, data.password_hash, time, setterOf(data, actor_id))
      },
      PasswordRehashed: ({ data }) => {
        rehash.run(data.password_hash, data.userid)
      },
      PasswordRemoved: ({ data }) => {
        removePassword.run(data.userid)
      },
    }
  },
}

/** Reads who set a credential; for an event from before that was recorded, its actor decides. */
function setterOf({ userid, set_by }: { userid: string; set_by: Setter | null }, actorId: string): Setter {
  return set_by ?? (actorId === userid ? 'owner' : 'other')
}
