import type { SqlConnection } from '../../kernel/sql.ts'

/** Answers whether a text that was somebody's is also, or still, somebody else's. */
export function personalQueries(sql: SqlConnection) {
  const stands = sql
    .prepare(
      `WITH sought (text) AS (VALUES (?)) SELECT
         EXISTS (SELECT 1 FROM users, sought WHERE text IN (username, preferred_username, given_name,
           family_name, nickname, email, phone_number, picture))
         OR EXISTS (SELECT 1 FROM webauthn_credentials, sought WHERE device_name = text)
         OR EXISTS (SELECT 1 FROM sessions, sought WHERE text IN (address, device_name))
         OR EXISTS (SELECT 1 FROM magic_links, sought WHERE text IN (username, note))`,
    )
    .pluck(true)
  return {
    /** Tells whether a living row of any person holds this very text. Reads whole tables: for erasure only. */
    stands: (text: string) => stands.get(text) === 1,
  }
}
