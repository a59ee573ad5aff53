import { z } from 'zod'
import { randomToken, tokenHash } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Client } from '../../projections/clients/queries.ts'
import {
  clientAnswer,
  clientParams,
  clientRegistration,
  clientWithSecret,
  newClient,
} from './client-schema.ts'
import type { AdminDeps } from './deps.ts'
import { cursorOf, limit, pageOf, readPage, writeCursor } from './paging.ts'
import { type AdminRoute, adminRoute } from './route.ts'

const LIST = 'clients'
const TAG = 'clients'

/** The routes that list, register, show, change and remove applications, and give them new secrets. */
export function clientRoutes({ views, longReads }: AdminDeps): AdminRoute[] {
  const show = (clientId: string) => {
    const client = views.clients.byId(clientId)
    if (!client) throw new Refusal('not_found', 'There is no such client')
    return showClient(client)
  }
  return [
    adminRoute({
      name: 'listClients',
      method: 'GET',
      path: '/clients',
      tag: TAG,
      summary: 'List applications in the order of their ids',
      proof: 'session',
      query: z.strictObject({ limit, cursor: cursorOf(LIST) }),
      answer: pageOf(clientAnswer),
      handle: async ({ query: { limit, cursor } }) => {
        const page = await readPage(longReads, { limit, cursor }, views.clients.page)
        return { items: page.items.map(showClient), next_cursor: writeCursor(LIST, page.next) }
      },
    }),
    adminRoute({
      name: 'createClient',
      method: 'POST',
      path: '/clients',
      tag: TAG,
      summary: 'Register an application',
      proof: 'fresh',
      body: newClient,
      status: 201,
      answer: clientWithSecret,
      handle: async ({ body, random, submit }) => {
        const client_secret = body.public ? null : randomToken(random)
        const secret_hash = client_secret === null ? null : tokenHash(client_secret)
        const { client_id } = await submit('register-client', { ...body, secret_hash })
        return { ...show(client_id), client_secret }
      },
    }),
    adminRoute({
      name: 'getClient',
      method: 'GET',
      path: '/clients/:client_id',
      tag: TAG,
      summary: 'Show an application',
      proof: 'session',
      params: clientParams,
      answer: clientAnswer,
      handle: async ({ params }) => show(params.client_id),
    }),
    adminRoute({
      name: 'replaceClient',
      method: 'PUT',
      path: '/clients/:client_id',
      tag: TAG,
      summary: 'Replace the registration of an application; what is left out goes back to its default',
      proof: 'fresh',
      params: clientParams,
      body: clientRegistration,
      answer: clientAnswer,
      handle: async ({ params: { client_id }, body, submit }) => {
        await submit('change-client', { client_id, changes: body })
        return show(client_id)
      },
    }),
    adminRoute({
      name: 'removeClient',
      method: 'DELETE',
      path: '/clients/:client_id',
      tag: TAG,
      summary: 'Remove an application',
      proof: 'fresh',
      params: clientParams,
      answer: null,
      handle: async ({ params: { client_id }, submit }) => {
        await submit('remove-client', { client_id })
      },
    }),
    adminRoute({
      name: 'rotateClientSecret',
      method: 'POST',
      path: '/clients/:client_id/secret',
      tag: TAG,
      summary: 'Give an application a new secret; the old one stops working at once',
      proof: 'fresh',
      params: clientParams,
      status: 201,
      answer: clientWithSecret,
      handle: async ({ params: { client_id }, random, submit }) => {
        const client_secret = randomToken(random)
        await submit('rotate-client-secret', { client_id, secret_hash: tokenHash(client_secret) })
        return { ...show(client_id), client_secret }
      },
    }),
  ]
}

function showClient({ secret_hash, ...client }: Client): z.input<typeof clientAnswer> {
  return client
}
