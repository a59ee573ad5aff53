import { ADMIN_GROUP, ADMIN_SCOPE } from '../kernel/administration.ts'
import { isoTime } from '../kernel/clock.ts'
import { type ClientRights, heldSince } from '../projections/clients/rights.ts'
import type { PersonValidity } from '../projections/token-validity/queries.ts'
import type { Views } from '../projections/views.ts'

/**
 * Tells whether a person's token may still be used at the time `now`: the user is active, and nobody ended the browser
 * session that it was issued in. A token with `offline_access` outlives the expiry of the session (OpenID Connect Core
 * §11). A session that was ended is no longer in the read model; an expired one is, for longer than any token's
 * lifetime.
 */
export function mayStillBeUsed(
  { userid, active, expires_at }: PersonValidity,
  accountId: string,
  scopes: ReadonlySet<string>,
  now: number,
): boolean {
  return userid === accountId && active && (expires_at > isoTime(now) || scopes.has('offline_access'))
}

/** What a token needs its client to hold, beside the registration itself. */
export interface ClientNeeds {
  /** Whether the client authenticated with its secret to get it. */
  secret?: boolean
  grants?: readonly string[]
  redirect?: string | undefined
}

/**
 * Tells whether a client has held all that a token was issued under, without interruption since the event `issuedAt`. A
 * registration, secret, grant type or redirect URI that was removed and added again is newer than the token.
 */
export function clientStillHolds(rights: ClientRights, needs: ClientNeeds, issuedAt: number): boolean {
  const { secret = false, grants = [], redirect } = needs
  return (
    rights.client <= issuedAt &&
    (!secret || rights.secret <= issuedAt) &&
    grants.every((grant) => heldSince(rights.grants, grant, issuedAt)) &&
    (redirect === undefined || heldSince(rights.redirects, redirect, issuedAt))
  )
}

/**
 * Keeps the scopes that are still granted: those that the client has been registered with since the event
 * `issuedAt`, and `admin` only for a person who has been in the group of administrators since then.
 *
 * @param accountId the person, or `null` when the client acts for itself.
 */
export function keepGrantedScopes(
  views: Views,
  scopes: readonly string[],
  { rights, accountId, issuedAt }: { rights: ClientRights; accountId: string | null; issuedAt: number },
): string[] {
  const mayAdminister = () => {
    if (accountId === null) return true
    const since = views.tokenValidity.memberSince(accountId, ADMIN_GROUP)
    return since !== null && since <= issuedAt
  }
  return scopes.filter(
    (scope) => heldSince(rights.scopes, scope, issuedAt) && (scope !== ADMIN_SCOPE || mayAdminister()),
  )
}
