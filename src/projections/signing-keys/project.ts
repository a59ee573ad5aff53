import type { ReadModel } from '../read-model.ts'

/** Keeps `signing_keys`: the public parts of the token keys and the state of each. */
export const signingKeys: ReadModel = {
  name: 'signing-keys',
  tables: { signing_keys: ['kid'] },
  handlers(sql) {
    const create = sql.prepare(
      `INSERT INTO signing_keys (kid, alg, public_jwk, state, created_at) VALUES (?, ?, ?, 'published', ?)`,
    )
    // One key per algorithm signs; the one before it stays published until its tokens have expired.
    const supersede = sql.prepare(
      `UPDATE signing_keys SET state = 'published' WHERE state = 'active' AND kid <> ?
         AND alg = (SELECT alg FROM signing_keys WHERE kid = ?)`,
    )
    const activate = sql.prepare(`UPDATE signing_keys SET state = 'active', activated_at = ? WHERE kid = ?`)
    const retire = sql.prepare(`UPDATE signing_keys SET state = 'retired', retired_at = ? WHERE kid = ?`)
    return {
      SigningKeyCreated: ({ data, time }) => {
        create.run(data.kid, data.alg, JSON.stringify(data.public_jwk), time)
      },
      SigningKeyActivated: ({ data, time }) => {
        supersede.run(data.kid, data.kid)
        activate.run(time, data.kid)
      },
      SigningKeyRetired: ({ data, time }) => {
        retire.run(time, data.kid)
      },
    }
  },
}
