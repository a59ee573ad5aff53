import type { ReadModel } from '../read-model.ts'

/** Keeps `audit_entries`: the headers of all events, indexed for searches of the audit trail. */
export const audit: ReadModel = {
  name: 'audit',
  tables: { audit_entries: ['sequence'] },
  indexes: ['audit_entries_by_stream'],
  handlers(sql) {
    // Once a key seals a stream, every later entry repeats it, also those with nothing to seal.
    const insert = sql.prepare(
      `INSERT INTO audit_entries (sequence, time, type, stream, version, key_id, subject, actor, client, high)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,
         (SELECT coalesce(high, time) FROM audit_entries WHERE sequence = +? AND coalesce(high, time) > +?))`,
    )
    const keyBefore = sql
      .prepare('SELECT key_id FROM audit_entries WHERE stream = +? ORDER BY sequence DESC LIMIT 1')
      .pluck(true)
    return {
      everyEvent: (header) => {
        const key =
          header.key_id ?? (header.version === 1 ? null : (keyBefore.get(header.stream) as string | null))
        const { sequence, time, type, stream, version, subject, actor_id, client } = header
        const before = sequence - 1
        insert.run(sequence, time, type, stream, version, key, subject, actor_id, client, before, time)
      },
    }
  },
}
