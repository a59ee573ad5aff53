import { z } from 'zod'
import { clientId } from '../../events/client.ts'
import { defineCommand } from '../definition.ts'
import { ofClient } from '../subjects.ts'
import { requireClient } from './require-client.ts'

/** Removes an application. */
export const removeClient = defineCommand({
  type: 'remove-client',
  schema: z.strictObject({ client_id: clientId }),
  decide: (views, { client_id }) => {
    requireClient(views, client_id)
    return {
      events: [{ type: 'ClientRemoved', ...ofClient(client_id), data: { client_id } }],
      outcome: { client_id },
    }
  },
})
