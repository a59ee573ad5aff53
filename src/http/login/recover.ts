import type { FastifyInstance } from 'fastify'
import { recoverPage } from '../../views/recover.ts'
import type { Csrf } from '../guards/csrf.ts'
import { sendPage } from '../reply/send-page.ts'

/** Serves the page for people who lost a passkey or a password. */
export function recoverRoutes(app: FastifyInstance, { csrf }: { csrf: Csrf }): void {
  app.get('/recover', async (request, reply) =>
    sendPage(reply, recoverPage({ csrf: csrf.token(request, reply) })),
  )
}
