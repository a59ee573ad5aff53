import type { Setter } from '../../events/credential.ts'
import type { Actor } from '../../events/envelope.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { Views } from '../../projections/views.ts'
import { requireUser } from '../users/require-user.ts'

/**
 * Tells whose credential it is that `actor` sets on an account now. It is the owner's when the person sets it and
 * nobody else can be meant: the address is proven, or no credential of unknown hands gives a way in.
 */
export function setterOf(views: Views, userid: string, actor: Actor): Setter {
  if (actor.kind !== 'user' || actor.id !== userid) return 'other'
  if (requireUser(views, userid).email_verified) return 'owner'
  // A session may rest on any credential of the account, so one that may be a stranger's makes the next one suspect.
  const isSuspect =
    views.credentials.passwordOf(userid)?.set_by === 'other' ||
    views.credentials.passkeysOf(userid).some(({ set_by }) => set_by === 'other')
  return isSuspect ? 'other' : 'owner'
}

/** Tells whether an account has a password or a passkey. */
export function hasCredential(views: Views, userid: string): boolean {
  return views.credentials.passwordOf(userid) !== null || views.credentials.countPasskeys(userid) > 0
}

/** Refuses a credential that was to be the first of an account that has one. @throws Refusal `proof_needed`. */
export function requireNoCredential(views: Views, userid: string): void {
  if (!hasCredential(views, userid)) return
  throw new Refusal('proof_needed', 'This account has a password or a passkey; please confirm with it first')
}
