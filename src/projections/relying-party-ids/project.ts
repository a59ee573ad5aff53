import type { ReadModel } from '../read-model.ts'

/** Keeps `relying_party_ids`: for which hosts passkeys were made, and since when. */
export const relyingPartyIds: ReadModel = {
  name: 'relying-party-ids',
  tables: { relying_party_ids: ['sequence'] },
  handlers(sql) {
    const add = sql.prepare('INSERT INTO relying_party_ids (sequence, rp_id, since) VALUES (?, ?, ?)')
    return {
      RelyingPartyIdChanged: ({ sequence, data, time }) => {
        add.run(sequence, data.after, time)
      },
    }
  },
}
