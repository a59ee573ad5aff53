import type { FastifyReply, FastifyRequest } from 'fastify'
import { messagePage } from '../../views/message.ts'
import { LANDING } from '../request/local-path.ts'
import { sendProblem } from './problem.ts'
import { sendPage } from './send-page.ts'

/** Answers a request for an unknown address: people get a page, programs a problem document. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.method === 'GET' && request.headers.accept?.includes('text/html')) {
    const page = messagePage({
      title: 'There is nothing here',
      text: 'The address may be mistyped, or out of date.',
      next: { href: LANDING, label: 'Go to your account' },
    })
    return sendPage(reply, page, { status: 404 })
  }
  return sendProblem(reply, {
    title: 'Not found',
    status: 404,
    detail: 'There is nothing at this address',
    code: 'not_found',
  })
}
