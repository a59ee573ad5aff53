import { clientStream, keyStream, linkStream, userStream } from '../events/streams.ts'
import { ADMIN_GROUP } from '../kernel/administration.ts'
import type { RandomSource } from '../kernel/random.ts'
import type { SqlConnection, SqlStatement } from '../kernel/sql.ts'
import { generateUserid } from '../kernel/userid.ts'

/** Rows to compare with the log: those of `table` whose `column` is one of `ids`, and their streams. */
export interface RowsToCheck {
  tables: { table: string; column: string; ids: readonly string[] }[]
  streams: readonly string[]
}

/** How many other people, and how many other links, are drawn at random. */
const DRAWN = 32

/** How many clients are checked: the first ones by id. */
const CLIENTS = 256

/** People with longer streams are not drawn. */
const LONGEST = 256

/**
 * Chooses what a start compares with a log that is too long to fold whole: every administrator with credentials and
 * links, clients and signing keys, and some people and links at random.
 */
export function rowsToCheck(sql: SqlConnection, random: RandomSource): RowsToCheck {
  const list = (text: string, ...values: string[]) =>
    sql
      .prepare(text)
      .pluck()
      .all(...values) as string[]
  const admins = list('SELECT userid FROM user_groups WHERE group_name = ?', ADMIN_GROUP)
  const isShort = (stream: string) =>
    list(`SELECT stream FROM audit_entries WHERE stream = ? LIMIT ${LONGEST + 1}`, stream).length <= LONGEST
  const drawn = drawIds(sql, random)
  const userids = [...new Set([...admins, ...drawn.userids.filter((id) => isShort(userStream(id)))])]
  const ofAdmins = list(
    'SELECT link_id FROM magic_links WHERE userid IN (SELECT value FROM json_each(?))',
    JSON.stringify(admins),
  )
  const links = [...new Set([...ofAdmins, ...drawn.links])]
  const clients = list(`SELECT client_id FROM clients ORDER BY client_id LIMIT ${CLIENTS}`)
  const keys = list('SELECT kid FROM signing_keys')
  return {
    tables: [
      { table: 'users', column: 'userid', ids: userids },
      { table: 'user_groups', column: 'userid', ids: userids },
      { table: 'webauthn_credentials', column: 'user_id', ids: userids },
      { table: 'password_credentials', column: 'user_id', ids: userids },
      { table: 'sessions', column: 'userid', ids: userids },
      { table: 'magic_links', column: 'link_id', ids: links },
      { table: 'clients', column: 'client_id', ids: clients },
      { table: 'signing_keys', column: 'kid', ids: keys },
    ],
    streams: [
      ...userids.map(userStream),
      ...links.map(linkStream),
      ...clients.map(clientStream),
      ...keys.map(keyStream),
    ],
  }
}

/** Draws the first row at or after a random id. It draws rows, not events: a row that was put in by hand has no event. */
function drawIds(sql: SqlConnection, random: RandomSource): { userids: string[]; links: string[] } {
  const user = sql.prepare('SELECT userid FROM users WHERE userid >= ? ORDER BY userid LIMIT 1').pluck()
  const link = sql.prepare('SELECT link_id FROM magic_links WHERE token >= ? ORDER BY token LIMIT 1').pluck()
  const draw = (statement: SqlStatement, place: () => string) =>
    Array.from({ length: DRAWN }, () => statement.get(place())).filter((id) => typeof id === 'string')
  return {
    userids: draw(user, () => generateUserid(random)),
    links: draw(link, () => Buffer.from(random(32)).toString('hex')),
  }
}
