import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { passingRefusal } from '../../kernel/mongodb-faults.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { messagePage } from '../../views/message.ts'
import { ForgedRequest } from '../guards/forgery.ts'
import { LANDING } from '../request/local-path.ts'
import { handleError } from './problem.ts'
import { logRefusal, setRetryAfter } from './refusal.ts'
import { REFUSAL_TABLE } from './refusal-table.ts'
import { sendPage } from './send-page.ts'

/** An interaction that ended, was answered, or belongs to another browser. */
export class StaleInteraction extends Error {
  constructor() {
    super('This interaction is not open in this browser')
    this.name = 'StaleInteraction'
  }
}

/** Answers errors with a page for people, and with a problem document for modules. */
export function pageErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Refusal | StaleInteraction, request, reply) => {
    if (error instanceof StaleInteraction) return sendStale(reply)
    if (isForModule(request)) return handleError(error, request, reply)
    if (error instanceof ForgedRequest) return sendOutOfDate(error, request, reply)
    if (error instanceof Refusal) return sendRefusal(error, request, reply)
    const fault = passingRefusal(error)
    if (fault) return sendRefusal(fault, request, reply)
    const status = error.statusCode ?? 500
    if (status < 500) return sendMessage(reply, status, 'That did not work', 'The request could not be read.')
    request.log.error({ err: error }, 'request failed')
    const page = messagePage({
      title: 'Something went wrong',
      text: 'It is not your fault. Please try again in a moment.',
      requestId: request.id,
    })
    return sendPage(reply, page, { status: 500 })
  })
}

function isForModule({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('application/json') === true
}

function sendMessage(reply: FastifyReply, status: number, title: string, text: string): FastifyReply {
  const next = { href: LANDING, label: 'Go to your account' }
  return sendPage(reply, messagePage({ title, text, next }), { status })
}

function sendStale(reply: FastifyReply): FastifyReply {
  return sendMessage(
    reply,
    410,
    'This sign-in is over',
    'It was finished or took too long, or it was begun in another browser. Go back to the application and start again.',
  )
}

function sendOutOfDate(error: ForgedRequest, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { uid } = request.params as { uid?: string }
  const href = uid === undefined ? LANDING : `/interaction/${encodeURIComponent(uid)}`
  const next = { href, label: 'Start again' }
  return sendPage(reply, messagePage({ title: 'Please try again', text: `${error.message}.`, next }), {
    status: REFUSAL_TABLE[error.code].status,
  })
}

function sendRefusal(error: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, title } = REFUSAL_TABLE[error.code]
  logRefusal(request, error)
  setRetryAfter(reply, error)
  return sendMessage(reply, status, title, `${error.message}.`)
}
