import { LossAccepted } from '../../events/log.ts'
import { linkStream, userOfStream } from '../../events/streams.ts'
import { defineCommand } from '../definition.ts'

/** Accepts that missing commits and keys stay lost, and ends the streams whose keys are lost. */
export const acceptLoss = defineCommand({
  type: 'accept-loss',
  schema: LossAccepted.open,
  decide: (views, input) => {
    const lost = new Set(input.lost_streams)
    for (const stream of input.lost_streams) {
      const user = views.users.byUserid(userOfStream(stream) ?? '')
      if (!user) continue
      for (const link of views.magicLinks.idsOfPerson(user.userid, user.username)) lost.add(linkStream(link))
    }
    const data = { ...input, lost_streams: [...lost] }
    return {
      events: [{ type: 'LossAccepted', stream: 'log', subject: null, data }],
      outcome: { from_epoch: input.from_epoch, lost: lost.size },
    }
  },
})
