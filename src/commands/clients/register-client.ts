import { z } from 'zod'
import { clientId, clientMetadata } from '../../events/client.ts'
import { sha256Hex } from '../../events/fields.ts'
import { DuplicateError } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofClient } from '../subjects.ts'
import { checkClient } from './client-rules.ts'

/** Registers an application. Its secret is given as SHA-256; a public one has none. */
export const registerClient = defineCommand({
  type: 'register-client',
  opensSubject: true,
  schema: z.strictObject({
    client_id: clientId,
    public: z.boolean(),
    secret_hash: sha256Hex.nullable().default(null),
    name: clientMetadata.name.default(null),
    redirect_uris: clientMetadata.redirect_uris.default([]),
    post_logout_redirect_uris: clientMetadata.post_logout_redirect_uris.default([]),
    grant_types: clientMetadata.grant_types.default(['authorization_code', 'refresh_token']),
    scope: clientMetadata.scope.default('openid profile email phone groups offline_access'),
    first_party: clientMetadata.first_party.default(false),
    backchannel_logout_uri: clientMetadata.backchannel_logout_uri.default(null),
  }),
  decide: (views, input) => {
    const { client_id } = input
    if (views.clients.byId(client_id)) throw new DuplicateError('client_id')
    checkClient(input)
    return {
      events: [{ type: 'ClientRegistered', ...ofClient(client_id), data: input }],
      outcome: { client_id },
    }
  },
})
