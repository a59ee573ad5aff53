import type { SqlConnection } from '../../kernel/sql.ts'

/** A token signing key. `published` ones verify, the `active` one of an algorithm also signs. */
export interface SigningKey {
  kid: string
  alg: 'RS256' | 'ES256'
  public_jwk: Record<string, string>
  state: 'published' | 'active' | 'retired'
  created_at: string
  activated_at: string | null
  retired_at: string | null
}

/** Reads signing keys from the read model. */
export function signingKeyQueries(sql: SqlConnection) {
  const all = sql.prepare('SELECT * FROM signing_keys ORDER BY created_at, kid')
  const byId = sql.prepare('SELECT * FROM signing_keys WHERE kid = ?')
  const toKey = (row: unknown): SigningKey => {
    const stored = row as Omit<SigningKey, 'public_jwk'> & { public_jwk: string }
    return { ...stored, public_jwk: JSON.parse(stored.public_jwk) as Record<string, string> }
  }
  return {
    all: () => all.all().map(toKey),
    byId: (kid: string) => {
      const row = byId.get(kid)
      return row === undefined ? null : toKey(row)
    },
  }
}
