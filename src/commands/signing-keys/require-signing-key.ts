import { Refusal } from '../../kernel/refusal.ts'
import type { SigningKey } from '../../projections/signing-keys/queries.ts'
import type { Views } from '../../projections/views.ts'

/** Reads a signing key. @throws Refusal `not_found`. */
export function requireSigningKey(views: Views, kid: string): SigningKey {
  const key = views.signingKeys.byId(kid)
  if (!key) throw new Refusal('not_found', 'There is no such signing key')
  return key
}
