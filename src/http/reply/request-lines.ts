import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { RefusalCode } from '../../kernel/refusal.ts'

const codes = new WeakMap<FastifyRequest, RefusalCode>()

/** Notes why a request was refused, for the line that is logged about it. */
export function noteRefusal(request: FastifyRequest, code: RefusalCode): void {
  codes.set(request, code)
}

/** Logs one line of information about every request, when it is answered; why it was refused is in the same line. */
export class RequestLines extends LogController {
  override incomingRequest(): void {
    // The line of the answer has everything that is known now.
  }

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    const code = codes.get(request)
    const facts = { req: request, res: reply, responseTime: reply.elapsedTime, ...(code ? { code } : {}) }
    // The client did not wait for its answer: no fault of the service, and anyone can cause it.
    if (error) reply.log.info({ ...facts, reason: error.message }, 'request cut off')
    else reply.log.info(facts, 'request completed')
  }
}
