import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import type { HttpDeps } from './deps.ts'

/** Everything that people see in a browser. */
export async function pages(app: FastifyInstance, _deps: HttpDeps): Promise<void> {
  await app.register(formbody)
}
