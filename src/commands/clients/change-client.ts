import { z } from 'zod'
import { clientId, clientMetadata } from '../../events/client.ts'
import { defineCommand } from '../definition.ts'
import { differences } from '../differences.ts'
import { ofClient } from '../subjects.ts'
import { checkClient } from './client-rules.ts'
import { requireClient } from './require-client.ts'

/** Changes the registration of an application in the given fields that differ. */
export const changeClient = defineCommand({
  type: 'change-client',
  schema: z.strictObject({ client_id: clientId, changes: z.strictObject(clientMetadata).partial() }),
  decide: (views, input) => {
    const client = requireClient(views, input.client_id)
    const { client_id, public: isPublic, secret_hash, created_at, updated_at, ...metadata } = client
    const changes = differences(metadata, input.changes)
    const outcome = { client_id }
    if (Object.keys(changes).length === 0) return { events: [], outcome }
    checkClient({
      public: isPublic,
      secret_hash,
      grant_types: changes.grant_types?.after ?? metadata.grant_types,
      redirect_uris: changes.redirect_uris?.after ?? metadata.redirect_uris,
      post_logout_redirect_uris:
        changes.post_logout_redirect_uris?.after ?? metadata.post_logout_redirect_uris,
    })
    return {
      events: [{ type: 'ClientChanged', ...ofClient(client_id), data: { client_id, changes } }],
      outcome,
    }
  },
})
