import { Refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../projections/clients/queries.ts'
import type { Views } from '../../projections/views.ts'

/** Reads a registered application. @throws Refusal `not_found`. */
export function requireClient(views: Views, clientId: string): Client {
  const client = views.clients.byId(clientId)
  if (!client) throw new Refusal('not_found', 'There is no such client')
  return client
}
