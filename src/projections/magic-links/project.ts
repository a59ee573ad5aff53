import { foldedKey } from '../../kernel/name-key.ts'
import type { ReadModel } from '../read-model.ts'

/** Keeps `magic_links`: every link that was issued and not yet purged. */
export const magicLinks: ReadModel = {
  name: 'magic-links',
  tables: { magic_links: ['token'] },
  handlers(sql) {
    const insert = sql.prepare(
      `INSERT INTO magic_links (token, username, expires_at, created_by, note, link_id, purpose, userid, group_names,
         created_at, username_key, email, browser_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const use = sql.prepare('UPDATE magic_links SET used = 1, userid = coalesce(userid, ?) WHERE link_id = ?')
    const revoke = sql.prepare('UPDATE magic_links SET revoked = 1 WHERE link_id = ?')
    const remove = sql.prepare('DELETE FROM magic_links WHERE link_id = ?')
    return {
      MagicLinkIssued: ({ data, time }) => {
        insert.run(
          data.token_hash,
          data.username,
          data.expires_at,
          data.created_by,
          data.note,
          data.link_id,
          data.purpose,
          data.userid,
          JSON.stringify(data.groups),
          time,
          foldedKey(data.username),
          data.email,
          data.browser_hash,
        )
      },
      MagicLinkUsed: ({ data }) => {
        use.run(data.userid, data.link_id)
      },
      MagicLinkRevoked: ({ data }) => {
        revoke.run(data.link_id)
      },
      MagicLinkPurged: ({ data }) => {
        remove.run(data.link_id)
      },
      LossAccepted: ({ data }) => {
        for (const stream of data.lost_streams) if (stream.startsWith('link-')) remove.run(stream.slice(5))
      },
      UserErased: ({ data }) => {
        for (const link of data.link_ids) remove.run(link)
      },
    }
  },
}
