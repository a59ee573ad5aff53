import type { SqlConnection } from '../../kernel/sql.ts'
import { TELLING_COLUMNS } from '../users/user.ts'

/** The columns that keep what is sealed in the log: those with text and those with bytes, by table. */
const PLACES = [
  {
    table: 'users',
    text: ['username', 'email', 'webauthn_user_id', ...TELLING_COLUMNS],
    bytes: [],
  },
  { table: 'webauthn_credentials', text: ['device_name'], bytes: ['credential_id', 'public_key'] },
  { table: 'password_credentials', text: ['password_hash'], bytes: [] },
  { table: 'sessions', text: ['address', 'device_name'], bytes: [] },
  { table: 'magic_links', text: ['token', 'username', 'note', 'email', 'browser_hash'], bytes: [] },
] as const

/** Answers whether what belonged to an erased person also belongs to somebody else. */
export function personalDataQueries(sql: SqlConnection) {
  const searches = PLACES.map(({ table, text, bytes }) => {
    const columns = [`CAST(concat_ws(char(10), ${text.join(', ')}) AS BLOB)`, ...bytes]
    const found = columns.map((column) => `instr(${column}, piece) > 0`).join(' OR ')
    return `EXISTS (SELECT 1 FROM ${table}, sought WHERE ${found})`
  })
  const held = sql
    .prepare(`WITH sought (piece) AS (VALUES (CAST(? AS BLOB))) SELECT ${searches.join(' OR ')}`)
    .pluck(true)
  return {
    /** Tells whether any row holds these bytes. Reads whole tables: for erasure only. */
    isHeld: (piece: Uint8Array) => held.get(piece) === 1,
  }
}
