import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { accountRoutes } from './account/routes.ts'
import { assets } from './assets.ts'
import type { HttpDeps } from './deps.ts'
import { consentRoutes } from './interaction-pages.ts'
import { inviteRoutes } from './invite/routes.ts'
import { linkRoutes } from './login/link.ts'
import { recoverRoutes } from './login/recover.ts'
import { loginRoutes } from './login/routes.ts'
import type { PageDeps } from './page-deps.ts'
import { pageErrors } from './page-errors.ts'
import { requireSingleFields } from './request/single-fields.ts'
import { createThrottle } from './throttle.ts'

/** Everything that people see in a browser. */
export async function pages(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const pageDeps: PageDeps = { ...deps, throttle: createThrottle(deps) }
  await app.register(formbody)
  await app.register(assets)
  pageErrors(app)
  requireSingleFields(app)
  // What a page shows or takes is nobody else's; a proxy or a shared computer must not keep it.
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
