import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { isPassing, isRefusedByLoad, Refusal, TooManyRequests } from '../../kernel/refusal.ts'
import { REFUSAL_TABLE } from './refusal-table.ts'
import { noteRefusal } from './request-lines.ts'

/** How many seconds a client should wait before it tries again when the service is busy. */
const RETRY_AFTER = 1

/**
 * Logs a refusal that the store caused as an error. A refusal by load appears only in the one line of its request,
 * without a stack, so that a flood of requests does not flood the log.
 */
export function logRefusal(request: FastifyRequest, error: Refusal): void {
  const { log } = request
  noteRefusal(request, error.code)
  if (isRefusedByLoad(error)) return
  if (REFUSAL_TABLE[error.code].status >= 500) log.error({ err: error }, 'request refused by the store')
}

/** Sets the header that says when to try again, where that can help. */
export function setRetryAfter(reply: FastifyReply, error: Refusal): void {
  if (error instanceof TooManyRequests) reply.header('retry-after', String(error.retryAfter))
  else if (isPassing(error)) reply.header('retry-after', String(RETRY_AFTER))
}

/** Makes the function that reports errors outside of a route; a refusal by load is only information. */
export function faultReporter(
  log: Pick<FastifyBaseLogger, 'error' | 'info'>,
  message: string,
): (error: unknown) => void {
  return (error) => {
    if (error instanceof Refusal && isRefusedByLoad(error)) log.info({ code: error.code }, message)
    else log.error({ err: error }, message)
  }
}
