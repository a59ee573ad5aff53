import type { FastifyInstance } from 'fastify'
import { choosePassword } from '../../accounts/choose-password.ts'
import { accountOf } from '../../accounts/find-account.ts'
import { actorOf } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { completeSignIn } from '../login/complete.ts'
import { verifyPassword } from '../login/verify-password.ts'
import { originOf } from '../request/event-origin.ts'
import { field, member } from '../request/form.ts'
import { LANDING, localPath } from '../request/local-path.ts'
import type { AccountDeps } from './deps.ts'
import { showFirst } from './first.ts'
import { showAccount } from './show.ts'
import { isFresh, mayAddFirst, requireFresh, requireSession } from './signed-in.ts'

/** Serves the forms by which a person sets, changes and removes a password. */
export function passwordRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { views, commands } = deps

  app.post('/account/password', async (request, reply) => {
    const session = await requireSession(request, deps)
    const { userid } = session
    const user = views.users.byUserid(userid)
    const returnTo = localPath(field(request.body, 'return_to'), deps.settings.issuer)
    const show = (name: 'current_password' | 'password', problem: string) =>
      field(request.body, 'first') === '1'
        ? showFirst(request, reply, { session, returnTo, problem }, deps)
        : showAccount(request, reply, { session, form: { problems: { [name]: problem } } }, deps)
    const first = mayAddFirst(session, deps)
    const current = field(request.body, 'current_password')
    const isProven = first || isFresh(session, deps)
    // The old password is a fresh proof. If one is given, it is checked even where none is needed.
    if (!isProven && !views.credentials.passwordOf(userid)) requireFresh(session, deps)
    if (!isProven || isGiven(request.body, 'current_password')) {
      if (!(await verifyPassword(request, accountOf(views, userid), current, deps))) {
        return show('current_password', 'The current password is not right.')
      }
    }
    let password_hash: string
    try {
      password_hash = await choosePassword(field(request.body, 'password'), user ?? {}, deps)
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'invalid_input')) throw error
      return show('password', `${error.message}.`)
    }
    const facts = { userid, password_hash, first, keep_session: session.sessionId }
    await commands.submit(command('set-password', facts, actorOf(session), originOf(session, request.id)))
    await completeSignIn(reply, { userid, amr: ['pwd'], interaction: session.interaction }, deps)
    return reply.redirect(returnTo === LANDING ? '/account?done=password_set' : returnTo, 303)
  })

  app.post('/account/password/remove', async (request, reply) => {
    const session = await requireSession(request, deps)
    requireFresh(session, deps)
    const { userid } = session
    try {
      await commands.submit(
        command('remove-password', { userid }, actorOf(session), originOf(session, request.id)),
      )
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'last_credential')) throw error
      return showAccount(request, reply, { session, problem: `${error.message}.` }, deps)
    }
    await deps.throttle.know(deps.browsers.ensure(request, reply), userid)
    return reply.redirect('/account?done=password_removed', 303)
  })
}

/** Tells whether a form has a value of any kind in a field. */
function isGiven(body: unknown, name: string): boolean {
  const value = member(body, name)
  return value !== undefined && value !== ''
}
