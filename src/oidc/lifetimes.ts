import type { Configuration } from 'oidc-provider'
import { KEPT_AFTER_END } from '../projections/sessions/project.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The longest that a browser session lasts, in seconds; tokens without `offline_access` end with it. */
const SESSION = 12 * HOUR
/** A refresh token that is not used expires after this; in seconds. */
const OFFLINE_IDLE = 14 * DAY
/**
 * An authorization expires this long after it was given, however often it is refreshed; its session is kept as long.
 */
const OFFLINE_ABSOLUTE = KEPT_AFTER_END / 1000
/** The longest validity of anything signed, in seconds. */
export const LONGEST_SIGNED = DAY

/** A grant must outlive every refresh token issued under it, because it is never extended. */
const grantLifetime = (scope: string | undefined) =>
  scope?.split(' ').includes('offline_access') ? SESSION + OFFLINE_ABSOLUTE + DAY : SESSION + HOUR

/** The lifetimes, in seconds. */
export const TTL: NonNullable<Configuration['ttl']> = {
  AccessToken: HOUR,
  AuthorizationCode: MINUTE,
  ClientCredentials: HOUR,
  Grant: (_ctx, grant) => grantLifetime(grant.openid?.scope),
  IdToken: HOUR,
  Interaction: HOUR,
  RefreshToken: (_ctx, token) => {
    if (!token.scopes.has('offline_access')) return SESSION
    return Math.max(1, Math.min(OFFLINE_IDLE, OFFLINE_ABSOLUTE - token.totalLifetime()))
  },
  Session: SESSION,
}
