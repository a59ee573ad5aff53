import type { EventType } from '../../events/catalogue.ts'
import type { GrantType } from '../../events/client.ts'
import type { SqlConnection } from '../../kernel/sql.ts'

/** An application that signs people in here. `secret_hash` is the SHA-256 of its secret, `null` for a public one. */
export interface Client {
  client_id: string
  public: boolean
  secret_hash: string | null
  name: string | null
  redirect_uris: string[]
  post_logout_redirect_uris: string[]
  grant_types: GrantType[]
  scope: string
  first_party: boolean
  backchannel_logout_uri: string | null
  created_at: string
  updated_at: string
}

type ClientRow = Record<'redirect_uris' | 'post_logout_redirect_uris' | 'grant_types', string> &
  Record<'public' | 'first_party', number> &
  Omit<Client, 'redirect_uris' | 'post_logout_redirect_uris' | 'grant_types' | 'public' | 'first_party'>

/** The events that change which redirect URIs are registered. */
const CLIENT_EVENTS = ['ClientRegistered', 'ClientChanged', 'ClientRemoved'] as const satisfies EventType[]

const COLUMNS = `client_id, public, secret_hash, name, redirect_uris, post_logout_redirect_uris, grant_types, scope,
  first_party, backchannel_logout_uri, created_at, updated_at`

/** Reads applications from the read model. */
export function clientQueries(sql: SqlConnection) {
  const byId = sql.prepare(`SELECT ${COLUMNS} FROM clients WHERE client_id = ?`)
  const page = sql.prepare(`SELECT ${COLUMNS} FROM clients WHERE client_id > ? ORDER BY client_id LIMIT ?`)
  const redirectUris = sql.prepare('SELECT DISTINCT value FROM clients, json_each(redirect_uris)').pluck(true)
  const lastOfType = sql.prepare('SELECT max(sequence) FROM audit_entries WHERE type = ?').pluck(true)
  return {
    byId: (clientId: string) => {
      const row = byId.get(clientId)
      return row === undefined ? null : toClient(row as ClientRow)
    },
    /** Lists the redirect URIs of all clients. */
    redirectUris: () => redirectUris.all() as string[],
    /** Tells the sequence number of the last event that changed clients. */
    version: () =>
      Math.max(0, ...CLIENT_EVENTS.map((type) => (lastOfType.get(type) as number | null | undefined) ?? 0)),
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
