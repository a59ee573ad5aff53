import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, type Principal } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { installGuards } from '../guards/guard.ts'
import { ADMIN_API } from '../guards/table.ts'
import { originOf } from '../request/event-origin.ts'
import { readStrictJson } from '../request/strict-json.ts'
import { clientRoutes } from './clients.ts'
import { credentialRoutes } from './credentials.ts'
import type { AdminDeps } from './deps.ts'
import { eventRoutes } from './events.ts'
import { type Execution, executionOf, idempotencyHeader } from './idempotency.ts'
import { magicLinkRoutes } from './magic-links.ts'
import { PROBLEM_ANSWER } from './problem-schema.ts'
import { requireProof } from './require-proof.ts'
import type { AdminCall, AdminRoute } from './route.ts'
import { sessionRoutes } from './sessions.ts'
import { userRoutes } from './users.ts'

/** The path of the admin API. */
export const ADMIN_PREFIX = '/api/admin'

/** Lists every route of the admin API but the live stream. */
export function adminRoutes(deps: AdminDeps): AdminRoute[] {
  return [
    ...userRoutes(deps),
    ...credentialRoutes(deps),
    ...sessionRoutes(deps),
    ...magicLinkRoutes(deps),
    ...clientRoutes(deps),
    ...eventRoutes(deps),
  ]
}

/** Serves the admin API: JSON only, to administrators only. */
export function adminApi(scope: FastifyInstance, deps: AdminDeps): void {
  scope.removeAllContentTypeParsers()
  readStrictJson(scope)
  scope.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  installGuards(scope, ADMIN_API, deps)
  for (const route of adminRoutes(deps)) serve(scope, route, deps)
}

function serve(scope: FastifyInstance, route: AdminRoute, deps: AdminDeps): void {
  scope.route({
    method: route.method,
    url: `${ADMIN_PREFIX}${route.path}`,
    schema: {
      operationId: route.name,
      tags: [route.tag],
      summary: route.summary,
      security: [{ bearer: ['admin'] }],
      ...route.input,
      ...(route.method === 'GET' ? {} : { headers: idempotencyHeader }),
      response: { [route.status]: route.answer ?? z.null(), default: PROBLEM_ANSWER },
    },
    ...requireProof(route.proof, deps),
    handler: async (request, reply) => {
      const caller = request.principal
      if (!caller) throw new Error('A route of the admin API was reached without a caller')
      const { params, query, body } = request
      const execution = await executionOf(request, caller, deps)
      const call = { params, query, body, caller, random: execution.random }
      const answer = await route.handle({ ...call, submit: submitting(deps, caller, request.id, execution) })
      return reply.code(route.status).send(answer)
    },
  })
}

function submitting(
  { commands }: AdminDeps,
  caller: Principal,
  requestId: string,
  { commandId }: Execution,
): AdminCall['submit'] {
  return async (type, input) => {
    const submitted = command(type, input, actorOf(caller), originOf(caller, requestId))
    return (await commands.submit({ ...submitted, id: commandId })).outcome
  }
}
