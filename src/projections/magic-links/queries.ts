import type { LinkPurpose } from '../../events/magic-link.ts'
import { foldedKey } from '../../kernel/name-key.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

/** A link that was mailed or printed. `token` is the SHA-256 of what the link carries. Times are ISO 8601 UTC. */
export interface MagicLink {
  token: string
  username: string
  expires_at: string
  used: boolean
  created_by: string | null
  note: string | null
  link_id: string
  purpose: LinkPurpose
  userid: string | null
  groups: string[]
  revoked: boolean
  created_at: string
  /** The address that it was mailed to, `null` when it was not mailed. */
  email: string | null
  /** Identifies the browser that asked for it, `null` when no browser did. */
  browser_hash: string | null
}

type LinkRow = Omit<MagicLink, 'used' | 'revoked' | 'groups'> & {
  used: number
  revoked: number
  group_names: string
}

const SELECT = `SELECT token, username, expires_at, used, created_by, note, link_id, purpose, userid, group_names,
  revoked, created_at, email, browser_hash FROM magic_links`

/** Reads links from the read model. */
export function magicLinkQueries(sql: SqlConnection) {
  const byToken = sql.prepare(`${SELECT} WHERE token = ?`)
  const byId = sql.prepare(`${SELECT} WHERE link_id = ?`)
  const pendingOfUser = sql.prepare(
    `${SELECT} WHERE userid = ? AND used = 0 AND revoked = 0 ORDER BY link_id`,
  )
  const pendingOfUsername = sql.prepare(
    `${SELECT} WHERE username_key = ? AND used = 0 AND revoked = 0 ORDER BY link_id`,
  )
  const ofPerson = sql
    .prepare('SELECT link_id FROM magic_links WHERE userid = ? OR username_key = ? ORDER BY link_id')
    .pluck(true)
  const ended = sql.prepare(`${SELECT} WHERE expires_at <= ? ORDER BY expires_at, link_id LIMIT ?`)
  const page = sql.prepare(`${SELECT} WHERE link_id > ? ORDER BY link_id LIMIT ?`)
  const many = (rows: unknown[]) => rows.map((row) => toLink(row as LinkRow))
  const one = (row: unknown) => (row === undefined ? null : toLink(row as LinkRow))
  return {
    /** Finds a link by the SHA-256 of its token. */
    byTokenHash: (hash: string) => one(byToken.get(hash)),
    byId: (linkId: string) => one(byId.get(linkId)),
    pendingOfUser: (userid: string) => many(pendingOfUser.all(userid)),
    pendingOfUsername: (username: string) => many(pendingOfUsername.all(foldedKey(username))),
    /** Lists the ids of all links that name a person, used and expired ones included. */
    idsOfPerson: (userid: string, username: string) => ofPerson.all(userid, foldedKey(username)) as string[],
    /** Lists links that have expired by `time` (ISO 8601), the oldest first. */
    endedBy: (time: string, limit: number) => many(ended.all(time, limit)),
    page: ({ after = '', limit }: { after?: string | undefined; limit: number }) => {
      const rows = many(page.all(after, limit + 1))
      const items = rows.slice(0, limit)
      return { items, next: rows.length > limit ? (items.at(-1)?.link_id ?? null) : null }
    },
  }
}

function toLink(row: LinkRow): MagicLink {
  const { group_names, ...link } = row
  return {
    ...link,
    used: row.used === 1,
    revoked: row.revoked === 1,
    groups: JSON.parse(group_names) as string[],
  }
}
