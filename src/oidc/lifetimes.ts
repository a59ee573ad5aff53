import type { Configuration } from 'oidc-provider'
import { KEPT_AFTER_END } from '../projections/sessions/project.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The longest that a browser session lasts, in seconds; tokens without `offline_access` end with it. */
const SESSION = 12 * HOUR
/** A refresh token that nobody uses ends after this; in seconds. */
const OFFLINE_IDLE = 14 * DAY
/** However often it is refreshed, an authorization ends this long after it was given: while its session is known. */
const OFFLINE_ABSOLUTE = KEPT_AFTER_END / 1000
/** The longest that anything signed is good for, in seconds. */
export const LONGEST_SIGNED = DAY

/** A grant must outlive every refresh token that can come of it: it is never extended. */
const grantLifetime = (scope: string | undefined) =>
  scope?.split(' ').includes('offline_access') ? SESSION + OFFLINE_ABSOLUTE + DAY : SESSION + HOUR

/** How long everything lives, in seconds. */
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
