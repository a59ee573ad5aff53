import { z } from 'zod'
import { RelyingPartyIdChanged } from '../../events/log.ts'
import { defineCommand } from '../definition.ts'

/** Records the host that passkeys are made for from now on, when it has changed. */
export const changeRelyingPartyId = defineCommand({
  type: 'change-relying-party-id',
  schema: z.strictObject({ rp_id: RelyingPartyIdChanged.open.shape.after }),
  decide: (views, { rp_id }) => {
    const before = views.relyingPartyIds.current()
    const data = { before, after: rp_id }
    return {
      events: before === rp_id ? [] : [{ type: 'RelyingPartyIdChanged', stream: 'log', subject: null, data }],
      outcome: { rp_id },
    }
  },
})
