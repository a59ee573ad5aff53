import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Looks at a request, and refuses it by throwing or by answering. */
export type Check = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** One check that requests pass before a route handles them. */
export interface Guard<Deps> {
  /** When it runs: before the body is read, after it was read, or after it was checked by the route's schema. */
  at: 'onRequest' | 'preValidation' | 'preHandler'
  /** Makes the check. */
  check(deps: Deps): Check
}

/** Makes every request of a scope pass the guards of a table, in its order. */
export function installGuards<Deps>(
  scope: FastifyInstance,
  guards: readonly Guard<Deps>[],
  deps: Deps,
): void {
  for (const { at, check } of guards) {
    const hook = check(deps)
    if (at === 'onRequest') scope.addHook('onRequest', hook)
    else if (at === 'preValidation') scope.addHook('preValidation', hook)
    else scope.addHook('preHandler', hook)
  }
}
