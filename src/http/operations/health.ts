import type { FastifyInstance } from 'fastify'
import type { LogReading } from '../../log/port.ts'
import type { ReactionStatus } from './reaction-status.ts'

/** What the service says about itself while it shuts down, or when it cannot work. */
export interface Readiness {
  /** Why the service does not take requests, or `null` when it does. */
  reason(): string | null
}

/** What the answers about health use. */
export interface HealthDeps {
  settings: { storageBackend: string }
  log: LogReading
  /** Says how far each reaction is; absent where none runs. */
  reactions?: () => ReactionStatus[]
}

/** Serves `/health` (can it work?) and `/health/live` (does it answer?). */
export function healthRoutes(app: FastifyInstance, deps: HealthDeps, readiness: Readiness): void {
  app.get('/health/live', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  )
  app.get('/health', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    const reason = readiness.reason()
    if (reason !== null) {
      return reply.code(503).header('retry-after', '1').send({ status: 'unavailable', reason })
    }
    const { log, epoch, position, sequence } = deps.log.head()
    const reactions = deps.reactions?.() ?? []
    return { status: 'ok', storage: deps.settings.storageBackend, log, epoch, position, sequence, reactions }
  })
}
