import cookie from '@fastify/cookie'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { HttpDeps } from '../http/deps.ts'
import { preventForgery } from '../http/guards/forgery.ts'
import { noticeForwardedHeaders } from '../http/guards/forwarded-headers.ts'
import { readYourWrites, refuseWhileHalted } from '../http/guards/read-your-writes.ts'
import { StalledConnections } from '../http/guards/stalled-connections.ts'
import { healthRoutes, type Readiness } from '../http/operations/health.ts'
import { oidcRoutes } from '../http/protocol/provider-routes.ts'
import { sendNotFound } from '../http/reply/not-found.ts'
import { answerPreparedFirst } from '../http/reply/prepared-answers.ts'
import { handleError } from '../http/reply/problem.ts'
import { RequestLines } from '../http/reply/request-lines.ts'
import { securityHeaders } from '../http/reply/security-headers.ts'
import { compileInput } from '../http/request/read-input.ts'
import { readStrictJson } from '../http/request/strict-json.ts'
import { newId } from '../kernel/ids.ts'
import { administration } from './administration.ts'
import { pages } from './pages.ts'

/** The largest request body, in bytes; nothing that we take is larger. */
const BODY_LIMIT = 64 * 1024
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000

/** How often it is looked whose time to send a request is over, in milliseconds; Node itself looks every half minute. */
const CHECKING_INTERVAL = 5_000

/** Builds the HTTP application. It never listens; `main` and the tests decide where it is heard. */
export async function createApp(deps: HttpDeps, readiness: Readiness): Promise<FastifyInstance> {
  const { settings, csrf, background } = deps
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: 65_000,
    http: {
      headersTimeout: 10_000,
      connectionsCheckingInterval: CHECKING_INTERVAL,
      maxHeaderSize: 16 * 1024,
    },
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,
    genReqId: () => newId(),
    frameworkErrors: handleError,
    loggerInstance: deps.logger,
    logController: new RequestLines(),
  }).withTypeProvider<ZodTypeProvider>()
  new StalledConnections(app.server)
  app.setValidatorCompiler(compileInput)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(sendNotFound)
  readStrictJson(app)
  deps.counts.countRequests(app)
  app.decorateRequest('principal', null)
  app.addHook('onClose', () => background.settled())
  // A connection that would stay open for the next request would hold up the stop.
  app.addHook('onSend', async (_request, reply) => {
    if (readiness.reason() !== null) reply.header('connection', 'close')
  })
  noticeForwardedHeaders(app, deps)
  await app.register(cookie)
  await securityHeaders(app)
  preventForgery(app, { csrf, issuer: settings.issuer })
  healthRoutes(app, deps, readiness)
  refuseWhileHalted(app, deps)
  readYourWrites(app, deps)
  await app.register(pages, deps)
  await app.register(administration, deps)
  await app.register(oidcRoutes, deps)
  answerPreparedFirst(app, deps, readiness)
  return app
}
