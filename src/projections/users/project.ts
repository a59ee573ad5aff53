import type { EventData } from '../../events/catalogue.ts'
import { userOfStream } from '../../events/streams.ts'
import { foldedKey } from '../../kernel/name-key.ts'
import type { SqlStatement, SqlValue } from '../../kernel/sql.ts'
import type { ReadModel } from '../read-model.ts'
import { USER_COLUMNS } from './user.ts'

type Changes = EventData<'UserProfileChanged'>['changes']

const COLUMNS = [
  ...USER_COLUMNS,
  'created_at',
  'updated_at',
  'username_key',
  'email_key',
  'webauthn_user_id',
] as const

/** Keeps `users` and `user_groups`: the users, and the groups that each is in. */
export const users: ReadModel = {
  name: 'users',
  tables: { users: ['userid'], user_groups: ['userid', 'group_name'] },
  handlers(sql) {
    const insert = sql.prepare(
      `INSERT INTO users (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
    )
    const setUsername = sql.prepare(
      'UPDATE users SET username = ?, username_key = ?, updated_at = ? WHERE userid = ?',
    )
    const setEmail = sql.prepare(
      'UPDATE users SET email = ?, email_key = ?, email_verified = ?, updated_at = ? WHERE userid = ?',
    )
    const verifyEmail = sql.prepare(
      'UPDATE users SET email_verified = 1, updated_at = ? WHERE userid = ? AND email = ?',
    )
    const setActive = sql.prepare('UPDATE users SET active = ?, updated_at = ? WHERE userid = ?')
    const touch = sql.prepare('UPDATE users SET updated_at = ? WHERE userid = ?')
    const remove = sql.prepare('DELETE FROM users WHERE userid = ?')
    // A membership needs its user: for an erased one, only the open fields are still readable.
    const join = sql.prepare(
      'INSERT OR IGNORE INTO user_groups (userid, group_name, since) SELECT userid, ?, ? FROM users WHERE userid = ?',
    )
    const leave = sql.prepare('DELETE FROM user_groups WHERE userid = ? AND group_name = ?')

    const profileUpdates = new Map<string, SqlStatement>()
    const setProfile = (userid: string, changes: Changes, time: string) => {
      const fields = Object.entries(changes)
      const values = fields.map(([, change]) => column(change?.after ?? null))
      const assignments = fields.map(([field]) => `${field} = ?, `).join('')
      let update = profileUpdates.get(assignments)
      if (!update) {
        update = sql.prepare(`UPDATE users SET ${assignments}updated_at = ? WHERE userid = ?`)
        profileUpdates.set(assignments, update)
      }
      update.run(...values, time, userid)
    }

    return {
      UserRegistered: ({ data, time, sequence }) => {
        insert.run(
          ...USER_COLUMNS.map((field) => column(data[field])),
          time,
          time,
          foldedKey(data.username),
          data.email === null ? null : foldedKey(data.email),
          data.webauthn_user_id,
        )
        for (const group of data.groups) join.run(group, sequence, data.userid)
      },
      UserProfileChanged: ({ data, time }) => setProfile(data.userid, data.changes, time),
      UsernameChanged: ({ data, time }) => {
        setUsername.run(data.username.after, foldedKey(data.username.after), time, data.userid)
      },
      UserEmailChanged: ({ data, time }) => {
        const email = data.email.after
        setEmail.run(
          email,
          email === null ? null : foldedKey(email),
          data.verified ? 1 : 0,
          time,
          data.userid,
        )
      },
      UserEmailVerified: ({ data, time }) => {
        verifyEmail.run(time, data.userid, data.email)
      },
      UserGroupsChanged: ({ data, time, sequence }) => {
        const after = new Set(data.groups.after)
        for (const group of data.groups.before) if (!after.has(group)) leave.run(data.userid, group)
        for (const group of after) join.run(group, sequence, data.userid)
        touch.run(time, data.userid)
      },
      UserActivated: ({ data, time }) => {
        setActive.run(1, time, data.userid)
      },
      UserDeactivated: ({ data, time }) => {
        setActive.run(0, time, data.userid)
      },
      UserErased: ({ data }) => {
        remove.run(data.userid)
      },
      LossAccepted: ({ data }) => {
        for (const stream of data.lost_streams) remove.run(userOfStream(stream))
      },
    }
  },
}

function column(value: string | boolean | null): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value
}
