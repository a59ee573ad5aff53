import { ClientSecretFailuresCounted } from '../../events/client.ts'
import { defineCommand } from '../definition.ts'
import { ofClient } from '../subjects.ts'
import { requireClient } from './require-client.ts'

/** Records that one address sent many wrong secrets for one client. */
export const countClientSecretFailures = defineCommand({
  type: 'count-client-secret-failures',
  schema: ClientSecretFailuresCounted.open,
  decide: (views, input) => {
    const { client_id } = requireClient(views, input.client_id)
    return {
      events: [{ type: 'ClientSecretFailuresCounted', ...ofClient(client_id), data: input }],
      outcome: { client_id },
    }
  },
})
