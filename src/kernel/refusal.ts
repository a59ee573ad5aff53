/**
 * Every reason for which a request can be refused. The text of a refusal is safe to show; the table in
 * `src/http` maps each code to a status and a title and does not compile until a new code is in it.
 */
export const REFUSAL_CODES = [
  'already_exists',
  'not_found',
  'invalid_input',
  'user_inactive',
  'last_credential',
  'last_administrator',
  'link_invalid',
  'link_expired',
  'link_used',
  'credential_rejected',
  'counter_regressed',
  'wrong_state',
  'overloaded',
  'outcome_unknown',
  'storage_full',
  'storage_failed',
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** A decision against a request: a stable code, a text that is safe to show, and a cause that is not. */
export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
  }
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
