import { Refusal } from '../../kernel/refusal.ts'
import type { Check } from '../guards/guard.ts'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Makes the check that refuses forms and addresses with a field given twice: two readers could each take another one,
 * and no page of ours sends such a request.
 */
export function requireSingleFields(): Check {
  return async ({ query, body, headers }) => {
    requireSingle(query, 'The address')
    if (headers['content-type']?.toLowerCase().startsWith(FORM)) requireSingle(body, 'The form')
  }
}

function requireSingle(fields: unknown, what: string): void {
  if (Object.values(fields ?? {}).some(Array.isArray)) {
    throw new Refusal('invalid_input', `${what} has a field twice`)
  }
}
