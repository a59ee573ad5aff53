import type { PassingCode, RefusalCode } from '../../kernel/refusal.ts'

/** Every temporary refusal is answered with 503. */
const passing = (title: string) => ({ status: 503 as const, title })

type Rows = Record<Exclude<RefusalCode, PassingCode>, { status: number; title: string }> &
  Record<PassingCode, ReturnType<typeof passing>>

/** The HTTP status and the title of every refusal. A new code does not compile until it is in this table. */
export const REFUSAL_TABLE: Readonly<Rows> = {
  already_exists: { status: 409, title: 'Already exists' },
  not_found: { status: 404, title: 'Not found' },
  invalid_input: { status: 400, title: 'Invalid input' },
  user_inactive: { status: 403, title: 'User is deactivated' },
  last_credential: { status: 409, title: 'Last way to sign in' },
  last_administrator: { status: 409, title: 'Last administrator' },
  link_invalid: { status: 404, title: 'Link is not valid' },
  link_expired: { status: 410, title: 'Link has expired' },
  link_used: { status: 410, title: 'Link was already used' },
  credential_rejected: { status: 401, title: 'Sign-in failed' },
  proof_needed: { status: 403, title: 'Proof needed' },
  forged_request: { status: 403, title: 'Not from here' },
  counter_regressed: { status: 401, title: 'Sign-in failed' },
  wrong_state: { status: 409, title: 'Not possible in this state' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key was used before' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  overloaded: passing('Busy'),
  outcome_unknown: passing('Outcome unknown'),
  storage_unavailable: passing('Storage does not answer'),
  storage_full: passing('Storage is full'),
  storage_failed: passing('Storage failed'),
}
