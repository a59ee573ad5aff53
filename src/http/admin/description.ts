import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { Settings } from '../../settings/settings.ts'
import { sendPage } from '../reply/send-page.ts'
import { descriptionPage } from './description-page.ts'

const ABOUT = `Everything about users, credentials, sessions, magic links, applications and the audit trail.

Bring an access token with the scope \`admin\`: that of an application with the grant \`client_credentials\`, or of a
person in the group \`admin\`. Errors are problem documents (RFC 9457) with a stable \`code\`. POST, PUT, PATCH and
DELETE take an \`Idempotency-Key\` header: a request repeated with its key is carried out once.`

/**
 * Describes the routes that the scope is given from now on, and serves the description: at `/openapi.json`, and
 * when the service is run for debugging also as a page at `/docs`.
 */
export async function describeApi(scope: FastifyInstance, { issuer, debug }: Settings): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Countersign admin API', version: '1', description: ABOUT },
      servers: [{ url: issuer }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An access token with the scope admin' },
        },
      },
    },
    hideUntagged: true,
    transform: jsonSchemaTransform,
  })
  scope.get('/openapi.json', async () => scope.swagger())
  if (debug) scope.get('/docs', async (_request, reply) => sendPage(reply, descriptionPage(scope.swagger())))
}
