import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { accountRoutes } from '../http/account/routes.ts'
import { adminApi } from '../http/admin/api.ts'
import { describeApi } from '../http/admin/description.ts'
import { consentRoutes } from '../http/consent/routes.ts'
import { installGuards } from '../http/guards/guard.ts'
import { namePosition } from '../http/guards/read-your-writes.ts'
import { StalledConnections } from '../http/guards/stalled-connections.ts'
import { EVERY_REQUEST, PAGES } from '../http/guards/table.ts'
import { createThrottle } from '../http/guards/throttle.ts'
import { inviteRoutes } from '../http/invite/routes.ts'
import { linkRoutes } from '../http/login/link.ts'
import { recoverRoutes } from '../http/login/recover.ts'
import { loginRoutes } from '../http/login/routes.ts'
import { healthRoutes, type Readiness } from '../http/operations/health.ts'
import { metricsRoute } from '../http/operations/metrics.ts'
import { oidcRoutes } from '../http/protocol/provider-routes.ts'
import { assets } from '../http/reply/assets.ts'
import { sendNotFound } from '../http/reply/not-found.ts'
import { pageErrors } from '../http/reply/page-errors.ts'
import { answerPreparedFirst } from '../http/reply/prepared-answers.ts'
import { handleError } from '../http/reply/problem.ts'
import { RequestLines } from '../http/reply/request-lines.ts'
import { securityHeaders } from '../http/reply/security-headers.ts'
import { compileInput } from '../http/request/read-input.ts'
import { readStrictJson } from '../http/request/strict-json.ts'
import { liveStream } from '../http/stream/live-stream.ts'
import { newId } from '../kernel/ids.ts'
import type { AppDeps } from './app-deps.ts'

/** The largest request body, in bytes; no request of ours needs more. */
const BODY_LIMIT = 64 * 1024
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000

/** How often requests past their time are looked for, in milliseconds; by default Node looks every half minute. */
const CHECKING_INTERVAL = 5_000

/** Builds the HTTP application. It does not listen: the server does, and tests inject requests. */
export async function createApp(deps: AppDeps, readiness: Readiness): Promise<FastifyInstance> {
  const { settings, background } = deps
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
  // A connection that is kept open for the next request would delay the stop.
  app.addHook('onSend', async (_request, reply) => {
    if (readiness.reason() !== null) reply.header('connection', 'close')
  })
  await app.register(cookie)
  await securityHeaders(app)
  installGuards(app, EVERY_REQUEST, deps)
  namePosition(app, deps)
  healthRoutes(app, deps, readiness)
  await app.register(browserPages, deps)
  await app.register(administration, deps)
  await app.register(oidcRoutes, deps)
  answerPreparedFirst(app, deps, readiness)
  return app
}

/** Serves what people see in a browser. */
async function browserPages(app: FastifyInstance, deps: AppDeps): Promise<void> {
  const pageDeps = { ...deps, throttle: createThrottle(deps) }
  await app.register(formbody)
  await app.register(assets)
  pageErrors(app)
  installGuards(app, PAGES, {})
  // Pages hold personal data, so no proxy or shared computer may cache them.
  app.addHook('onSend', async (request, reply) => {
    if (!request.url.startsWith('/assets/')) reply.header('cache-control', 'no-store')
  })
  loginRoutes(app, pageDeps, '')
  loginRoutes(app, pageDeps, '/interaction/:uid')
  consentRoutes(app, pageDeps)
  linkRoutes(app, pageDeps)
  recoverRoutes(app, pageDeps)
  inviteRoutes(app, pageDeps)
  accountRoutes(app, pageDeps)
}

/** Serves what administrators and their programs use: the API, its description, the live stream, the metrics. */
async function administration(scope: FastifyInstance, deps: AppDeps): Promise<void> {
  await describeApi(scope, deps.settings)
  const hub = await liveStream(scope, deps)
  metricsRoute(scope, deps, () => hub.size)
  await scope.register(async (api) => adminApi(api, deps))
}
