import type { Account } from 'oidc-provider'
import type { Views } from '../projections/views.ts'
import { claimsOf } from './claims.ts'

/**
 * Finds the person behind a subject identifier, as the read model knows it now; nobody who is deactivated.
 *
 * @param hasToken whether a token of the person was found just now, which tells the same.
 */
export function findAccount(views: Views, userid: string, hasToken: boolean): Account | undefined {
  if (!hasToken && !views.users.isActive(userid)) return undefined
  return {
    accountId: userid,
    claims: (use) => {
      // An id token tells who it is; the rest is told by the userinfo endpoint (OpenID Connect Core §5.4).
      const user = use === 'id_token' ? null : views.users.byUserid(userid)
      return user === null ? { sub: userid } : claimsOf(user)
    },
  }
}
