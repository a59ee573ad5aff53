import { ADMIN_GROUP, ADMIN_SCOPE } from '../kernel/administration.ts'
import { isoTime } from '../kernel/clock.ts'
import { type ClientRights, heldSince } from '../projections/clients/rights.ts'
import type { PersonValidity } from '../projections/token-validity/queries.ts'
import type { Views } from '../projections/views.ts'

/**
 * Tells whether a person's token may still be used at the time `now`: the user is active, and the browser session
 * it came of was not ended. Running out is not being ended: what has `offline_access` outlives that (OpenID
 * Connect Core §11). A session that was ended is gone from the read model; one that ran out stays there for
 * longer than any token lives.
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
 * Tells whether a client holds what a token was issued under, without interruption since the event `issuedAt`. A
 * registration, secret, grant type or redirect URI that was taken away and given back is newer than the token.
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
