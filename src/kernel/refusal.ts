/**
 * Lists every reason for which a request can be refused, and what it means. The text of a refusal is safe to show; the
 * table in `src/http` maps each code to a status and a title, and does not compile until a new code is in it.
 */
export const REFUSALS = {
  already_exists: 'Something else already has this name, address or id; the refusal says which key.',
  not_found: 'What the request is about does not exist, or was erased.',
  invalid_input: 'A field is unknown, missing, too long or malformed; the text names it.',
  user_inactive: 'The user is deactivated.',
  last_credential: 'It is the only way left in which the user can sign in.',
  last_administrator: 'Nobody would be left who can administer the service.',
  link_invalid: 'The link is unknown, withdrawn, or meant for something else.',
  link_expired: 'The link is past its time.',
  link_used: 'The link was used before; each works once.',
  credential_rejected: 'The proof was not accepted; the reason is kept secret.',
  proof_needed:
    'The request needs a password or passkey, given in this session or in the last minutes; a mailed link is neither.',
  forged_request: 'The request was not made by a page of this service, or by one that is out of date.',
  counter_regressed:
    'A passkey signed correctly with a counter that was used before: it may have been copied.',
  wrong_state: 'What the request is about is not in the state that it needs.',
  idempotency_key_reused: 'The idempotency key was used before, with another request.',
  too_many_requests:
    'Too much was asked for from one network address; nothing was done. `Retry-After` says when to try again.',
  overloaded: 'Too much is waiting; nothing was done, try again later.',
  outcome_unknown:
    'The store failed in the middle; repeat the command with the same id to learn whether it was carried out.',
  storage_unavailable: 'The database does not answer; nothing was done, try again later.',
  storage_full:
    'The disk is full, or nearly; nothing was written. Writing works again when there is enough space.',
  storage_failed: 'The store failed; nothing was written, and the service must be restarted.',
} as const

export type RefusalCode = keyof typeof REFUSALS

/**
 * Lists the reasons that pass: the caller is not at fault, and the same request may succeed soon. Every route answers
 * them with 503 and Retry-After.
 */
export const PASSING_CODES = [
  'overloaded',
  'outcome_unknown',
  'storage_unavailable',
  'storage_full',
  'storage_failed',
] as const satisfies readonly RefusalCode[]

export type PassingCode = (typeof PASSING_CODES)[number]

/** The refusal of a request: a stable code, a text that is safe to show, and a cause that is not. */
export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
  }
}

/** The refusal of a request from an address that asked too often; `retryAfter` is in whole seconds. */
export class TooManyRequests extends Refusal {
  readonly retryAfter: number

  constructor(message: string, retryAfter: number) {
    super('too_many_requests', message)
    this.name = 'TooManyRequests'
    this.retryAfter = retryAfter
  }
}

/**
 * Tells whether a refusal is only due to load or a full disk: no fault of the service, and as frequent as requests.
 */
export function isRefusedByLoad(error: unknown): boolean {
  return (
    error instanceof Refusal &&
    (error.code === 'too_many_requests' || error.code === 'overloaded' || error.code === 'storage_full')
  )
}

/** Tells whether an error is a refusal that passes. */
export function isPassing(error: unknown): error is Refusal & { code: PassingCode } {
  return error instanceof Refusal && (PASSING_CODES as readonly RefusalCode[]).includes(error.code)
}

/** The refusal of a second thing under a key that is unique; `key` says which one. */
export class DuplicateError extends Refusal {
  readonly key: string

  constructor(key: string, message = `This ${key.replaceAll('_', ' ')} is already taken`) {
    super('already_exists', message)
    this.name = 'DuplicateError'
    this.key = key
  }
}
