import { z } from 'zod'
import { clientId } from '../../events/client.ts'
import { sha256Hex } from '../../events/fields.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { defineCommand } from '../definition.ts'
import { ofClient } from '../subjects.ts'
import { requireClient } from './require-client.ts'

/** Gives an application a new secret, as SHA-256; the old one stops working at once. */
export const rotateClientSecret = defineCommand({
  type: 'rotate-client-secret',
  schema: z.strictObject({ client_id: clientId, secret_hash: sha256Hex }),
  decide: (views, { client_id, secret_hash }) => {
    if (requireClient(views, client_id).public)
      throw new Refusal('wrong_state', 'A public client has no secret')
    return {
      events: [{ type: 'ClientSecretRotated', ...ofClient(client_id), data: { client_id, secret_hash } }],
      outcome: { client_id },
    }
  },
})
