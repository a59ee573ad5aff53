import type { Setter } from '../../events/credential.ts'
import type { Actor } from '../../events/envelope.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { requireUser } from '../users/require-user.ts'

/**
 * Tells whether a credential that `actor` sets on an account now is surely the owner's: the user sets it, and the
 * address is proven or every credential that gives access is the owner's.
 */
export function setterOf(views: Views, userid: string, actor: Actor): Setter {
  if (actor.kind !== 'user' || actor.id !== userid) return 'other'
  if (requireUser(views, userid).email_verified) return 'owner'
  // A session can come from any credential of the account, so after one of unknown origin the next one is suspect too.
  const isSuspect =
    views.credentials.passwordOf(userid)?.set_by === 'other' ||
    views.credentials.passkeysOf(userid).some(({ set_by }) => set_by === 'other')
  return isSuspect ? 'other' : 'owner'
}

/** Tells whether an account has a password or a passkey. */
export function hasCredential(views: Views, userid: string): boolean {
  return views.credentials.passwordOf(userid) !== null || views.credentials.countPasskeys(userid) > 0
}

/** Makes sure that an account has no credential yet. @throws Refusal `proof_needed`. */
export function requireNoCredential(views: Views, userid: string): void {
  if (!hasCredential(views, userid)) return
  throw new Refusal('proof_needed', 'This account has a password or a passkey; please confirm with it first')
}
