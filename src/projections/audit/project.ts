import type { ReadModel } from '../read-model.ts'

/** Keeps `audit_entries`: the headers of all events, indexed for the questions of the audit trail. */
export const audit: ReadModel = {
  name: 'audit',
  tables: { audit_entries: ['sequence'] },
  handlers(sql) {
    const insert = sql.prepare(
      'INSERT INTO audit_entries (sequence, time, type, subject, actor, client) VALUES (?, ?, ?, ?, ?, ?)',
    )
    return {
      everyEvent: (header) => {
        insert.run(header.sequence, header.time, header.type, header.subject, header.actor_id, header.client)
      },
    }
  },
}
