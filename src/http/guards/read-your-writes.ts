import type { FastifyInstance } from 'fastify'
import type { LogReading } from '../../log/port.ts'
import type { Check } from './guard.ts'

/** Carries a position of the log: an answer names it, and the next request brings it to whichever node it reaches. */
export const POSITION_HEADER = 'countersign-position'

/** What waiting for a position needs. */
export interface PositionDeps {
  /** Waits a moment until this node has seen the log up to a position; answers whether it has. */
  reached(position: number): Promise<boolean>
}

/** Makes a request that brings a position wait a moment until this node has seen the log up to it. */
export function awaitPosition({ reached }: PositionDeps): Check {
  return async (request) => {
    const position = positionOf(request.headers[POSITION_HEADER])
    if (position !== null) await reached(position)
  }
}

/** Names the position of the log in each answer to a program, so that it reads its own writes from any node. */
export function namePosition(app: FastifyInstance, { log }: { log: LogReading }): void {
  app.addHook('onSend', async (request, reply) => {
    // The position shows how busy the service is, so only an authenticated caller gets it.
    if (request.headers.authorization === undefined || reply.statusCode >= 400) return
    reply.header(POSITION_HEADER, log.head().position)
  })
}

function positionOf(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return null
  return Number(header)
}
