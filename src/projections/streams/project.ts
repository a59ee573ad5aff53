import { closedStreams } from '../../events/closing.ts'
import type { ReadModel } from '../read-model.ts'

/** Keeps per stream how many events it has and which subject key seals them. A closed stream takes no more. */
export const streams: ReadModel = {
  name: 'streams',
  tables: { streams: ['stream'] },
  handlers(sql) {
    const begin = sql.prepare('INSERT INTO streams (stream, version, key_id) VALUES (?, ?, ?)')
    const advance = sql.prepare('UPDATE streams SET version = ? WHERE stream = ?')
    const close = sql.prepare('UPDATE streams SET closed = 1, key_id = NULL WHERE stream = ?')
    return {
      everyEvent: (header) => {
        if (header.version === 1) begin.run(header.stream, 1, header.key_id)
        else advance.run(header.version, header.stream)
      },
      UserErased: (event) => {
        for (const stream of closedStreams(event)) close.run(stream)
      },
      MagicLinkPurged: (event) => {
        for (const stream of closedStreams(event)) close.run(stream)
      },
    }
  },
}
