import { z } from 'zod'
import { defineEvent } from './definition.ts'
import { shortText, time, userid, uuid } from './fields.ts'

export const SIGN_IN_METHODS = ['pwd', 'passkey', 'link', 'code'] as const
const signInMethod = z.enum(SIGN_IN_METHODS)

/** Tells whether a sign-in used a password or passkey, not only mail. */
export function isStrong(amr: readonly string[]): boolean {
  return amr.includes('pwd') || amr.includes('passkey')
}

export const SignInSucceeded = defineEvent({
  type: 'SignInSucceeded',
  stream: 'user',
  summary: 'A person signed in; a session began.',
  open: { userid, session_id: uuid, amr: z.array(signInMethod).min(1), expires_at: time },
  personal: { address: z.string().max(64).nullable(), device_name: z.string().max(128).nullable() },
})

export const SignInFailuresCounted = defineEvent({
  type: 'SignInFailuresCounted',
  stream: 'user',
  summary: 'So many proofs failed in a row for one account that it is worth knowing.',
  open: { userid, failures: z.number().int().min(1), window_seconds: z.number().int().min(1) },
})

export const SignInThrottled = defineEvent({
  type: 'SignInThrottled',
  stream: 'user',
  summary: 'Guessing was slowed down for an account; a passkey still works.',
  open: { userid, until: time, reason: shortText },
})

export const SessionEnded = defineEvent({
  type: 'SessionEnded',
  stream: 'user',
  summary: 'A session ended before its time.',
  open: {
    userid,
    session_id: uuid,
    reason: z.enum([
      'signed_out',
      'administrator',
      'user',
      'credential_changed',
      'user_deactivated',
      'token_reuse',
    ]),
  },
})

export const TokenReuseDetected = defineEvent({
  type: 'TokenReuseDetected',
  stream: 'user',
  summary:
    'A code or refresh token that had been used was presented again; everything issued with it was revoked.',
  open: { userid, client_id: shortText, kind: z.enum(['authorization_code', 'refresh_token']) },
})
