import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import { hasFreshProof, NOT_SO_LATE, sendProofNeeded } from '../request/caller.ts'
import type { ProofNeed } from './route.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/**
 * Makes the hook by which a route requires a fresh proof of a person: before the body is read where every call needs
 * one, after the body was checked where that depends on the fields to change.
 */
export function requireProof(
  need: ProofNeed,
  { clock }: { clock: Clock },
): { onRequest?: Hook; preHandler?: Hook } {
  if (need === 'session') return {}
  const refuse: Hook = async ({ principal }, reply) =>
    principal && hasFreshProof(principal, clock()) ? undefined : sendProofNeeded(reply, NOT_SO_LATE)
  if (need === 'fresh') return { onRequest: refuse }
  return {
    preHandler: async (request, reply) =>
      need.freshFor.some((member) => hasMember(request.body, member)) ? refuse(request, reply) : undefined,
  }
}

function hasMember(body: unknown, member: string): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, member)
}
