import type { SqlConnection } from '../../kernel/sql.ts'

/** How many passkeys were made for a host. */
export interface PasskeysOfHost {
  rp_id: string
  count: number
}

// Passkeys that are older than the first record are taken to be made for its host.
const MADE_FOR = `coalesce(
  (SELECT rp_id FROM relying_party_ids WHERE since <= made.created_at ORDER BY sequence DESC LIMIT 1),
  (SELECT rp_id FROM relying_party_ids ORDER BY sequence LIMIT 1))`

/** Reads the hosts that passkeys were made for. */
export function relyingPartyIdQueries(sql: SqlConnection) {
  const current = sql
    .prepare('SELECT rp_id FROM relying_party_ids ORDER BY sequence DESC LIMIT 1')
    .pluck(true)
  const all = sql.prepare('SELECT DISTINCT rp_id FROM relying_party_ids').pluck(true)
  const passkeys = sql.prepare(
    `SELECT ${MADE_FOR} AS rp_id, count(*) AS count FROM webauthn_credentials made GROUP BY 1 ORDER BY 1`,
  )
  return {
    /** The relying-party id of the last start, or `null` before it was recorded. */
    current: () => (current.get() as string | undefined) ?? null,
    /** Every relying-party id there was. */
    all: () => all.all() as string[],
    /** Counts passkeys by the host that they were made for. Reads all of them. */
    passkeys: () => passkeys.all() as PasskeysOfHost[],
  }
}
