import { closedStreams } from '../../events/streams.ts'
import type { EventOf, ReadModel } from '../read-model.ts'

/** Keeps `closed_streams`: every stream that an event has ended, and with it the right to its data. */
export const closings: ReadModel = {
  name: 'closings',
  tables: { closed_streams: ['stream'] },
  handlers(sql) {
    const close = sql.prepare(
      `INSERT INTO closed_streams (stream, sequence) VALUES (?, ?)
       ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence`,
    )
    const note = (event: EventOf<'UserErased' | 'MagicLinkPurged' | 'LossAccepted'>) => {
      for (const stream of closedStreams(event)) close.run(stream, event.sequence)
    }
    return { UserErased: note, MagicLinkPurged: note, LossAccepted: note }
  },
}
