import { ADMINISTRATORS } from '../commands/last-administrator.ts'
import { isoTime } from '../kernel/clock.ts'
import type { Standing } from '../projections/standing/queries.ts'
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
  { session }: Standing,
  accountId: string,
  scopes: ReadonlySet<string>,
  now: number,
): boolean {
  if (session?.userid !== accountId || !session.active) return false
  return session.expires_at > isoTime(now) || scopes.has('offline_access')
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
  scopes: Iterable<string>,
  registered: string,
  accountId: string | null,
): Set<string> {
  const allowed = new Set(registered.split(' '))
  const standing = new Set([...scopes].filter((scope) => allowed.has(scope)))
  if (accountId !== null && standing.has(ADMIN_SCOPE) && !administers(views, accountId)) {
    standing.delete(ADMIN_SCOPE)
  }
  return standing
}

function administers(views: Views, userid: string): boolean {
  return views.users.byUserid(userid)?.groups.includes(ADMINISTRATORS) ?? false
}
