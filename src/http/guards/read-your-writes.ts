import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'
import type { LogReading } from '../../log/port.ts'

/** Carries how far the log had come: in an answer, so that the next request may bring it, to whatever node. */
export const POSITION_HEADER = 'countersign-position'

/** What reading one's own writes needs. */
export interface PositionDeps {
  log: LogReading
  /** Waits a moment until this node has seen the log up to a position; answers whether it has. */
  reached(position: number): Promise<boolean>
}

/**
 * Lets a program read its own writes from any node: an answer to a request with a bearer token says how far the
 * log had come here, and a request that brings a position waits a moment until this node has come as far.
 */
export function readYourWrites(app: FastifyInstance, { log, reached }: PositionDeps): void {
  app.addHook('onRequest', async (request) => {
    const position = positionOf(request.headers[POSITION_HEADER])
    if (position !== null) await reached(position)
  })
  app.addHook('onSend', async (request, reply) => {
    // How busy the service is, is nobody's business who has not proved to be somebody.
    if (request.headers.authorization === undefined || reply.statusCode >= 400) return
    reply.header(POSITION_HEADER, log.head().position)
  })
}

function positionOf(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return null
  return Number(header)
}

/** Signs nobody in, and serves nothing but `/health`, while what this node knows cannot be proved any more. */
export function refuseWhileHalted(
  app: FastifyInstance,
  { condition }: { condition(): { halted: boolean } | null },
): void {
  app.addHook('onRequest', async (request) => {
    const found = condition()
    if (!found?.halted || request.routeOptions.url?.startsWith('/health')) return
    throw new Refusal('storage_failed', 'This node has stopped; its log says why')
  })
}
