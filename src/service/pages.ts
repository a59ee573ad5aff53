import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { accountRoutes } from '../http/account/routes.ts'
import { consentRoutes } from '../http/consent/routes.ts'
import type { HttpDeps } from '../http/deps.ts'
import { createThrottle } from '../http/guards/throttle.ts'
import { inviteRoutes } from '../http/invite/routes.ts'
import { linkRoutes } from '../http/login/link.ts'
import { recoverRoutes } from '../http/login/recover.ts'
import { loginRoutes } from '../http/login/routes.ts'
import type { PageDeps } from '../http/page-deps.ts'
import { assets } from '../http/reply/assets.ts'
import { pageErrors } from '../http/reply/page-errors.ts'
import { requireSingleFields } from '../http/request/single-fields.ts'

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
