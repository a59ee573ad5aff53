import type { FastifyInstance } from 'fastify'
import { member } from '../request/form.ts'
import { completeSignIn } from './complete.ts'
import type { LoginDeps } from './deps.ts'
import { flowOf } from './flow.ts'
import { verifyPasskey } from './verify-passkey.ts'

/** Serves the two halves of a sign-in with a passkey, as JSON for the module of the page. */
export function passkeyRoutes(app: FastifyInstance, deps: LoginDeps, path: string): void {
  const { passkeys, browsers } = deps

  app.post(`${path}/passkey/options`, async (request, reply) => {
    await deps.admission.admit('webauthn_challenge', {
      address: request.ip,
      browser: deps.browsers.of(request),
    })
    return passkeys.authenticationOptions({ session: browsers.ensure(request, reply) })
  })

  app.post(`${path}/passkey`, async (request, reply) => {
    const response = member(request.body, 'response')
    const flow = await flowOf(request, reply, deps)
    const { userid } = await verifyPasskey(
      request,
      { session: browsers.ensure(request, reply), response },
      deps,
    )
    await completeSignIn(reply, { userid, amr: ['passkey'], interaction: flow.interaction }, deps)
    return { location: flow.target }
  })
}
