import { mailKey } from '../../kernel/mail-address.ts'
import { foldedKey } from '../../kernel/name-key.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import { type FoundRow, userSearch } from './search.ts'
import { USER_COLUMNS, type User } from './user.ts'

type UserRow = Omit<User, 'email_verified' | 'phone_number_verified' | 'groups' | 'active'> & {
  email_verified: number
  phone_number_verified: number
  active: number
  groups: string
}

/** One page of users, and where the next one begins. */
export interface UserPage {
  items: User[]
  next: string | null
}

const COLUMNS = `${USER_COLUMNS.join(', ')}, active, created_at, updated_at,
  (SELECT json_group_array(group_name ORDER BY group_name) FROM user_groups g WHERE g.userid = users.userid) AS groups`
const SELECT = `SELECT ${COLUMNS} FROM users`

/** Reads users from the read model. */
export function userQueries(sql: SqlConnection) {
  const byUserid = sql.prepare(`${SELECT} WHERE userid = ?`)
  const byUsername = sql.prepare(`${SELECT} WHERE username_key = ?`)
  const byVerifiedEmail = sql.prepare(`${SELECT} WHERE email_key = ? AND email_verified = 1`)
  const useridByUsername = sql.prepare('SELECT userid FROM users WHERE username_key = ?').pluck(true)
  const useridByVerifiedEmail = sql
    .prepare('SELECT userid FROM users WHERE email_key = ? AND email_verified = 1')
    .pluck(true)
  const isActive = sql.prepare('SELECT active FROM users WHERE userid = ?').pluck(true)
  const list = sql.prepare(`${SELECT} ORDER BY userid LIMIT ? OFFSET ?`)
  const page = sql.prepare(`${SELECT} WHERE username_key > ? ORDER BY username_key LIMIT ?`)
  const search = userSearch<UserRow & FoundRow>(sql, `SELECT username_key, email_key, ${COLUMNS} FROM users`)
  const countActiveInGroup = sql
    .prepare(
      'SELECT count(*) FROM user_groups g JOIN users u USING (userid) WHERE g.group_name = ? AND u.active = 1',
    )
    .pluck(true)
  const handle = sql.prepare('SELECT webauthn_user_id FROM users WHERE userid = ?').pluck(true)
  const byHandle = sql.prepare(`${SELECT} WHERE webauthn_user_id = ?`)

  const one = (row: unknown) => (row === undefined ? null : toUser(row as UserRow))
  const many = (rows: unknown[]) => rows.map((row) => toUser(row as UserRow))
  return {
    byUserid: (userid: string) => one(byUserid.get(userid)),
    isActive: (userid: string) => isActive.get(userid) === 1,
    byUsername: (username: string) => one(byUsername.get(foldedKey(username))),
    byVerifiedEmail: (email: string) => one(byVerifiedEmail.get(mailKey(email))),
    /** Finds the user id of a sign-in name, without reading the rest of the user. */
    holderOfUsername: (username: string) =>
      (useridByUsername.get(foldedKey(username)) as string | undefined) ?? null,
    holderOfVerifiedEmail: (email: string) =>
      (useridByVerifiedEmail.get(mailKey(email)) as string | undefined) ?? null,
    webauthnUserId: (userid: string) => (handle.get(userid) as string | undefined) ?? null,
    byWebauthnUserId: (id: string) => one(byHandle.get(id)),
    list: (offset: number, limit: number) => many(list.all(limit, offset)),
    /**
     * Reads a page in the order of names, after the place `after`. With a `prefix`, those whose names begin with it,
     * then those whose addresses do; such a page may be short although more follow.
     */
    page: ({
      after = '',
      limit,
      prefix = '',
    }: {
      after?: string | undefined
      limit: number
      prefix?: string | undefined
    }): UserPage => {
      if (prefix) {
        const { rows, next } = search(prefix, after, limit)
        return { items: rows.map(({ username_key: _, email_key: __, ...row }) => toUser(row)), next }
      }
      const found = many(page.all(after, limit + 1))
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, next: found.length > limit && last ? foldedKey(last.username) : null }
    },
    countActiveInGroup: (group: string) => countActiveInGroup.get(group) as number,
  }
}

function toUser(row: UserRow): User {
  return {
    ...row,
    email_verified: row.email_verified === 1,
    phone_number_verified: row.phone_number_verified === 1,
    active: row.active === 1,
    groups: JSON.parse(row.groups) as string[],
  }
}
