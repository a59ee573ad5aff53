import type { SqlValue } from '../../kernel/sql.ts'
import type { ReadModel } from '../read-model.ts'
import { type ClientRights, changedRights, firstRights } from './rights.ts'

/** Keeps `clients`: the applications that may ask for tokens. */
export const clients: ReadModel = {
  name: 'clients',
  tables: { clients: ['client_id'] },
  handlers(sql) {
    const insert = sql.prepare(
      `INSERT INTO clients (client_id, public, secret_hash, name, redirect_uris, post_logout_redirect_uris, grant_types,
         scope, first_party, backchannel_logout_uri, created_at, updated_at, rights)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const rotate = sql.prepare('UPDATE clients SET secret_hash = ?, updated_at = ? WHERE client_id = ?')
    const readRights = sql.prepare('SELECT rights FROM clients WHERE client_id = ?').pluck(true)
    const writeRights = sql.prepare('UPDATE clients SET rights = ? WHERE client_id = ?')
    const updateRights = (clientId: string, update: (before: ClientRights) => ClientRights) => {
      const before = readRights.get(clientId) as string | undefined
      if (before === undefined) return
      writeRights.run(JSON.stringify(update(JSON.parse(before) as ClientRights)), clientId)
    }
    const remove = sql.prepare('DELETE FROM clients WHERE client_id = ?')
    return {
      ClientRegistered: ({ data, time, sequence }) => {
        insert.run(
          data.client_id,
          data.public ? 1 : 0,
          data.secret_hash,
          data.name,
          JSON.stringify(data.redirect_uris),
          JSON.stringify(data.post_logout_redirect_uris),
          JSON.stringify(data.grant_types),
          data.scope,
          data.first_party ? 1 : 0,
          data.backchannel_logout_uri,
          time,
          time,
          JSON.stringify(firstRights(data, sequence)),
        )
      },
      ClientChanged: ({ data, time, sequence }) => {
        const fields = Object.entries(data.changes)
        const assignments = fields.map(([field]) => `${field} = ?, `).join('')
        sql
          .prepare(`UPDATE clients SET ${assignments}updated_at = ? WHERE client_id = ?`)
          .run(...fields.map(([, change]) => column(change?.after ?? null)), time, data.client_id)
        const { grant_types, scope, redirect_uris } = data.changes
        if (!grant_types && !scope && !redirect_uris) return
        updateRights(data.client_id, (before) =>
          changedRights(
            before,
            {
              ...(grant_types && { grant_types: grant_types.after }),
              ...(scope && { scope: scope.after }),
              ...(redirect_uris && { redirect_uris: redirect_uris.after }),
            },
            sequence,
          ),
        )
      },
      ClientSecretRotated: ({ data, time, sequence }) => {
        rotate.run(data.secret_hash, time, data.client_id)
        updateRights(data.client_id, (before) => ({ ...before, secret: sequence }))
      },
      ClientRemoved: ({ data }) => {
        remove.run(data.client_id)
      },
      LossAccepted: ({ data }) => {
        for (const stream of data.lost_streams)
          if (stream.startsWith('client-')) remove.run(stream.slice('client-'.length))
      },
    }
  },
}

function column(value: string | string[] | boolean | null): SqlValue {
  if (Array.isArray(value)) return JSON.stringify(value)
  return typeof value === 'boolean' ? Number(value) : value
}
