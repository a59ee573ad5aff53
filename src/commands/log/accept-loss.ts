import { LossAccepted } from '../../events/log.ts'
import { linkStream, userOfStream } from '../../events/streams.ts'
import { defineCommand } from '../definition.ts'

/** Records that what is missing from the log or the keys stays missing, and ends the streams whose keys are gone. */
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
