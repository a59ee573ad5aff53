import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { POSITION_HEADER } from '../guards/read-your-writes.ts'
import type { Counts } from '../operations/counts.ts'
import type { Readiness } from '../operations/health.ts'

/** What answering from prepared documents needs. */
export interface PreparedDeps {
  oidc: { sendPrepared(request: IncomingMessage, response: ServerResponse): boolean }
  /** Says what is wrong with this node at the moment, or `null`. */
  condition(): object | null
  counts: Counts
}

/**
 * Answers requests for prepared documents before the routes see them: they are the same for every caller, and the
 * routes would cost several times as much. Such requests are counted but not logged one by one. While the service is
 * not healthy, every request takes the usual way.
 */
export function answerPreparedFirst(
  app: FastifyInstance,
  { oidc, condition, counts }: PreparedDeps,
  readiness: Readiness,
): void {
  const { server } = app
  const [usual] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[]
  if (!usual) throw new Error('The server has nothing that listens to requests')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const isUsual = readiness.reason() !== null || condition() !== null || POSITION_HEADER in request.headers
    if (isUsual || !oidc.sendPrepared(request, response)) usual.call(server, request, response)
    else counts.countRequest(request.method ?? '', response.statusCode)
  })
}
