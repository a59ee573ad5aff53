import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Makes a server refuse forms and addresses in which a field is given twice: two readers could take a different one of
 * them, and no page of ours sends such a thing.
 */
export function requireSingleFields(scope: FastifyInstance): void {
  scope.addHook('preValidation', async ({ query, body, headers }) => {
    requireSingle(query, 'The address')
    if (headers['content-type']?.toLowerCase().startsWith(FORM)) requireSingle(body, 'The form')
  })
}

function requireSingle(fields: unknown, what: string): void {
  if (Object.values(fields ?? {}).some(Array.isArray)) {
    throw new Refusal('invalid_input', `${what} has a field twice`)
  }
}
