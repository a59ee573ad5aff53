import type { Account, AccountClaims } from 'oidc-provider'
import { ADMIN_SCOPE } from '../kernel/administration.ts'
import { parseIsoTime } from '../kernel/clock.ts'
import type { Profile, User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'

/** Which claims each scope gives (OpenID Connect Core §5.4; `groups` is our own). */
export const SCOPE_CLAIMS = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'nickname',
    'preferred_username',
    'picture',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  groups: ['groups'],
} as const

/** The claims about a person, as opposed to those about the sign-in. */
type Claim = Exclude<(typeof SCOPE_CLAIMS)[keyof typeof SCOPE_CLAIMS][number], 'acr' | 'amr' | 'auth_time'>

/** Every scope that an application can request. */
export const SUPPORTED_SCOPES: ReadonlySet<string> = new Set([
  ...Object.keys(SCOPE_CLAIMS),
  'offline_access',
  ADMIN_SCOPE,
])

/** Gives the standard claims about a person. Unknown ones are left out (OpenID Connect Core §5.3.2). */
export function claimsOf(user: User): AccountClaims {
  const name = [user.given_name, user.family_name].filter((part) => part !== null).join(' ')
  const claims = {
    sub: user.userid,
    name: name === '' ? null : name,
    given_name: user.given_name,
    family_name: user.family_name,
    nickname: user.nickname,
    preferred_username: user.preferred_username ?? user.username,
    picture: user.picture,
    locale: user.locale,
    updated_at: Math.floor(parseIsoTime(user.updated_at) / 1000),
    email: user.email,
    email_verified: user.email === null ? null : user.email_verified,
    phone_number: user.phone_number,
    phone_number_verified: user.phone_number === null ? null : user.phone_number_verified,
    groups: user.groups,
  } satisfies Record<Claim | keyof Profile, unknown>
  const known = Object.entries(claims).filter(([, value]) => value !== null)
  return { ...Object.fromEntries(known), sub: user.userid }
}

/**
 * Finds the user of a subject identifier, as the read model has it now; `undefined` for a deactivated user.
 *
 * @param hasToken whether a token of the user was just found, which implies that the user is active.
 */
export function findAccount(views: Views, userid: string, hasToken: boolean): Account | undefined {
  if (!hasToken && !views.users.isActive(userid)) return undefined
  return {
    accountId: userid,
    claims: (use) => {
      // An ID token only identifies; the userinfo endpoint gives the rest (OpenID Connect Core §5.4).
      const user = use === 'id_token' ? null : views.users.byUserid(userid)
      return user === null ? { sub: userid } : claimsOf(user)
    },
  }
}
