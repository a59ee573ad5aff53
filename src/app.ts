import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { HttpDeps } from './http/deps.ts'
import { healthRoutes, type Readiness } from './http/health.ts'
import { installProblems } from './http/problem.ts'
import { newId } from './kernel/ids.ts'

/** The largest request body, in bytes; nothing that we take is larger. */
const BODY_LIMIT = 64 * 1024
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000

/** Builds the HTTP application. It never listens; `main` and the tests decide where it is heard. */
export async function createApp(deps: HttpDeps, readiness: Readiness): Promise<FastifyInstance> {
  const { settings } = deps
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,
    genReqId: () => newId(),
    logger: settings.logLevel === 'silent' ? false : { level: settings.logLevel },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  installProblems(app)
  healthRoutes(app, deps, readiness)
  return app
}
