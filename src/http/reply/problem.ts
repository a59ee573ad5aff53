import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { passingRefusal } from '../../kernel/mongodb-faults.ts'
import { DuplicateError, Refusal } from '../../kernel/refusal.ts'
import { logRefusal, setRetryAfter } from './refusal.ts'
import { REFUSAL_TABLE } from './refusal-table.ts'
import { shorten } from './shorten.ts'

/** An error as RFC 9457 describes it, with a stable `code` and the request id. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  detail: string
  code: string
  request_id: string
  /** Which unique key is taken, with `already_exists`. */
  key?: string
}

/** The codes of requests that the server refuses before any code of ours sees them. */
const CODES: Readonly<Record<number, string>> = {
  413: 'too_large',
  415: 'unsupported_media_type',
}

/** Answers with a problem document. */
export function sendProblem(
  reply: FastifyReply,
  problem: Pick<Problem, 'title' | 'status' | 'detail' | 'code'> & { key?: string },
): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send({
      type: 'about:blank',
      ...problem,
      detail: shorten(problem.detail),
      request_id: reply.request.id,
    } satisfies Problem)
}

/** Turns the error of a route into a problem document. The cause of an unknown error is logged, never sent. */
export function handleError(
  error: FastifyError | Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = error instanceof Refusal ? error : passingRefusal(error)
  if (refusal) {
    const { status, title } = REFUSAL_TABLE[refusal.code]
    logRefusal(request, refusal)
    setRetryAfter(reply, refusal)
    const key = refusal instanceof DuplicateError ? { key: refusal.key } : {}
    return sendProblem(reply, { title, status, detail: refusal.message, code: refusal.code, ...key })
  }
  const status = 'statusCode' in error && error.statusCode !== undefined ? error.statusCode : 500
  if (status < 500) {
    const code = error.code === 'FST_ERR_VALIDATION' ? 'invalid_input' : (CODES[status] ?? 'bad_request')
    const title = STATUS_CODES[status] ?? 'Bad request'
    return sendProblem(reply, { title, status, detail: error.message, code })
  }
  request.log.error({ err: error }, 'request failed')
  const detail = 'Something went wrong here. The request id finds it in the log.'
  return sendProblem(reply, { title: 'Internal error', status: 500, detail, code: 'internal_error' })
}
