import type { Account } from 'oidc-provider'
import type { Views } from '../projections/views.ts'
import { claimsOf } from './claims.ts'

/** Finds the person behind a subject identifier, as the read model knows it now; nobody who is deactivated. */
export function findAccount(views: Views, userid: string): Account | undefined {
  const user = views.users.byUserid(userid)
  if (!user?.active) return undefined
  return { accountId: userid, claims: () => claimsOf(user) }
}
