import type { FastifyInstance } from 'fastify'
import type { Oidc } from '../../oidc/oidc.ts'
import { PROVIDER_ROUTES } from '../../oidc/provider/routes.ts'
import { NOT_BY_COOKIE } from '../guards/forgery.ts'

/**
 * Gives the protocol's addresses to the provider. It reads the request and writes the answer itself, so nothing
 * of ours parses a body or sends a header here.
 */
export async function oidcRoutes(
  app: FastifyInstance,
  { oidc }: { oidc: Pick<Oidc, 'handle' | 'close'> },
): Promise<void> {
  app.addHook('onClose', () => oidc.close())
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const { url, methods } of PROVIDER_ROUTES) {
    app.route({
      method: [...methods],
      url,
      config: { forgery: NOT_BY_COOKIE },
      // The provider sends its own headers.
      helmet: false,
      handler: async (request, reply) => {
        reply.hijack()
        await oidc.handle(request.raw, reply.raw, { requestId: request.id, address: request.ip })
      },
    })
  }
}
