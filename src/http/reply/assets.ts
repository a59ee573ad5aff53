import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const OWN = fileURLToPath(new URL('../../views/assets', import.meta.url))
const WEBAUTHN = dirname(fileURLToPath(import.meta.resolve('@simplewebauthn/browser')))

/** Serves the style, the icon and the modules of the pages. */
export async function assets(app: FastifyInstance): Promise<void> {
  // Revalidated each time, mostly with 304: a page never runs with a module of another release.
  const cached = { cacheControl: false, setHeaders: revalidate }
  await app.register(staticFiles, { root: OWN, prefix: '/assets/', ...cached })
  await app.register(staticFiles, {
    root: WEBAUTHN,
    prefix: '/assets/simplewebauthn/',
    decorateReply: false,
    allowedPath: (path) => path.endsWith('.js'),
    ...cached,
  })
}

function revalidate(reply: FastifyReply): void {
  reply.header('cache-control', 'no-cache')
}
