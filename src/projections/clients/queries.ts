import type { GrantType } from '../../events/client.ts'
import type { SqlConnection } from '../../kernel/sql.ts'
import type { Client } from './client.ts'

type ClientRow = Record<'redirect_uris' | 'post_logout_redirect_uris' | 'grant_types', string> &
  Record<'public' | 'first_party', number> &
  Omit<Client, 'redirect_uris' | 'post_logout_redirect_uris' | 'grant_types' | 'public' | 'first_party'>

const COLUMNS = `client_id, public, secret_hash, name, redirect_uris, post_logout_redirect_uris, grant_types, scope,
  first_party, backchannel_logout_uri, created_at, updated_at`

/** Answers questions about applications from the read model. */
export function clientQueries(sql: SqlConnection) {
  const byId = sql.prepare(`SELECT ${COLUMNS} FROM clients WHERE client_id = ?`)
  const page = sql.prepare(`SELECT ${COLUMNS} FROM clients WHERE client_id > ? ORDER BY client_id LIMIT ?`)
  return {
    byId: (clientId: string) => {
      const row = byId.get(clientId)
      return row === undefined ? null : toClient(row as ClientRow)
    },
    page: ({ after = '', limit }: { after?: string | undefined; limit: number }) => {
      const rows = page.all(after, limit + 1).map((row) => toClient(row as ClientRow))
      const items = rows.slice(0, limit)
      return { items, next: rows.length > limit ? (items.at(-1)?.client_id ?? null) : null }
    },
  }
}

function toClient(row: ClientRow): Client {
  return {
    ...row,
    public: row.public === 1,
    first_party: row.first_party === 1,
    redirect_uris: JSON.parse(row.redirect_uris) as string[],
    post_logout_redirect_uris: JSON.parse(row.post_logout_redirect_uris) as string[],
    grant_types: JSON.parse(row.grant_types) as GrantType[],
  }
}
