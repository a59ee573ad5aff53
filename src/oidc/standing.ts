import { ADMINISTRATORS } from '../commands/last-administrator.ts'
import { isoTime } from '../kernel/clock.ts'
import type { PersonStanding } from '../projections/standing/queries.ts'
import type { Views } from '../projections/views.ts'

/** The scope of the administration API. */
export const ADMIN_SCOPE = 'admin'

/**
 * Tells whether a person's token may still be used at the time `now`: the user is active, and the browser session
 * it came of was not ended. Running out is not being ended: what has `offline_access` outlives that (OpenID
 * Connect Core §11). A session that was ended is gone from the read model; one that ran out stays there for
 * longer than any token lives.
 */
export function mayStillBeUsed(
  { userid, active, expires_at }: PersonStanding,
  accountId: string,
  scopes: ReadonlySet<string>,
  now: number,
): boolean {
  return userid === accountId && active && (expires_at > isoTime(now) || scopes.has('offline_access'))
}

/**
 * Cuts scopes down to what stands now: those that the client is registered with, and `admin` only for a person
 * in the group of administrators.
 *
 * @param registered the scopes that the client is registered with, separated by spaces.
 * @param accountId the person, or `null` when the client acts for itself.
 */
export function standingScopes(
  views: Views,
  scopes: readonly string[],
  registered: string,
  accountId: string | null,
): string[] {
  const allowed = registered.split(' ')
  const mayAdminister = () => accountId === null || administers(views, accountId)
  return scopes.filter((scope) => allowed.includes(scope) && (scope !== ADMIN_SCOPE || mayAdminister()))
}

function administers(views: Views, userid: string): boolean {
  return views.users.byUserid(userid)?.groups.includes(ADMINISTRATORS) ?? false
}
