import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findAccount } from '../../accounts/find-account.ts'
import { loginPage } from '../../views/login.ts'
import type { Csrf } from '../guards/csrf.ts'
import { sendPage } from '../reply/send-page.ts'
import { field } from '../request/form.ts'
import { codeRoutes } from './code.ts'
import { completeSignIn } from './complete.ts'
import type { LoginDeps } from './deps.ts'
import { type Flow, flowOf } from './flow.ts'
import { passkeyRoutes } from './passkey.ts'
import { linkRequestRoutes } from './request-link.ts'
import { verifyPassword } from './verify-password.ts'

/** The one text for every failure. */
const FAILED = 'The user name or the password is not right.'

/** Serves the sign-in pages, for this service (`base` is empty) or for an application that waits. */
export function loginRoutes(app: FastifyInstance, deps: LoginDeps, base: '' | '/interaction/:uid'): void {
  const path = `${base}/login`

  app.get(path, async (request, reply) => {
    const flow = await flowOf(request, reply, deps)
    if (flow.interaction !== null) return reply.redirect(flow.target, 303)
    if (await deps.sessions.current(request)) return reply.redirect(flow.target, 303)
    return showLogin(request, reply, flow, deps)
  })

  app.post(path, async (request, reply) => {
    const flow = await flowOf(request, reply, deps)
    const username = field(request.body, 'username')
    const account = findAccount(deps.views, username)
    const user = await verifyPassword(request, account, field(request.body, 'password'), deps)
    if (!user) return showLogin(request, reply, flow, deps, { username, problem: FAILED })
    const { interaction } = flow
    await completeSignIn(reply, { userid: user.userid, amr: ['pwd'], interaction }, deps)
    return reply.redirect(flow.target, 303)
  })

  passkeyRoutes(app, deps, path)
  linkRequestRoutes(app, deps, path)
  codeRoutes(app, deps, path)
}

/** Shows the sign-in page, after a failure with its text. */
export function showLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  flow: Flow,
  { csrf }: { csrf: Csrf },
  failure: { username: string; problem: string } | null = null,
): FastifyReply {
  const page = loginPage({
    action: flow.action,
    csrf: csrf.token(request, reply),
    returnTo: flow.returnTo,
    application: flow.application,
    username: failure?.username ?? flow.hint,
    problem: failure?.problem ?? null,
  })
  return sendPage(reply, page, { status: failure ? 403 : 200, formTargets: flow.formTargets })
}
