import { parseIsoTime } from '../../kernel/clock.ts'
import type { SigningKey } from '../../projections/signing-keys/queries.ts'
import { LONGEST_SIGNED } from '../lifetimes.ts'
import { JWKS_MAX_AGE } from '../provider/security-headers.ts'
import {
  activateSigningKey,
  publishSigningKey,
  retireSigningKey,
  SIGNING_ALGORITHMS,
  type SigningKeyDeps,
} from './signing-keys.ts'

/** A new key is published this long before it signs, in seconds: by then nobody uses an older copy of the keys. */
export const PUBLISHED_AHEAD = 2 * JWKS_MAX_AGE

/** A rotation step of the keys of one algorithm. */
export type KeyStep = { step: 'begin' } | { step: 'activate'; kid: string } | { step: 'retire'; kid: string }

/**
 * Decides which step is due for the keys of one algorithm at the time `now`, in milliseconds since 1970: the newest key
 * signs once it was published for long enough, and an older one is retired when all that it signed has expired.
 */
export function dueStep(keys: readonly SigningKey[], now: number): KeyStep | null {
  const active = keys.find(({ state }) => state === 'active')
  const newest = keys
    .filter(({ state, activated_at }) => state === 'published' && activated_at === null)
    .at(-1)
  if (!active) return newest ? { step: 'activate', kid: newest.kid } : { step: 'begin' }
  const since = (time: string) => now - parseIsoTime(time)
  if (newest && newest.created_at > active.created_at && since(newest.created_at) >= PUBLISHED_AHEAD * 1000) {
    return { step: 'activate', kid: newest.kid }
  }
  const outlived = (key: SigningKey) =>
    key.state === 'published' &&
    key.created_at <= active.created_at &&
    since(active.activated_at ?? active.created_at) >= LONGEST_SIGNED * 1000
  const old = keys.find(outlived)
  return old ? { step: 'retire', kid: old.kid } : null
}

/**
 * Runs every rotation step that is due. The first start creates keys at once, and a new key that an operator published
 * becomes active by itself.
 */
export async function rotateDueKeys(deps: SigningKeyDeps): Promise<void> {
  for (const alg of SIGNING_ALGORITHMS) {
    const next = () =>
      dueStep(
        deps.views.signingKeys.all().filter((key) => key.alg === alg),
        deps.clock(),
      )
    for (let due = next(); due !== null; due = next()) {
      if (due.step === 'begin') await activateSigningKey(deps, await publishSigningKey(deps, alg))
      else if (due.step === 'activate') await activateSigningKey(deps, due.kid)
      else await retireSigningKey(deps, due.kid)
    }
  }
}
