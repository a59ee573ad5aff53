import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountOf } from '../../accounts/find-account.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { confirmPage } from '../../views/confirm.ts'
import { completeSignIn } from '../login/complete.ts'
import { verifyPasskey } from '../login/verify-passkey.ts'
import { verifyPassword } from '../login/verify-password.ts'
import { sendPage } from '../reply/send-page.ts'
import { field, member } from '../request/form.ts'
import { localPath } from '../request/local-path.ts'
import type { BrowserSession } from '../request/sessions.ts'
import type { AccountDeps } from './deps.ts'
import { requireSession } from './signed-in.ts'

/** Serves the fresh proof that a change of credentials needs; it gives the session a new id. */
export function confirmRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { views, passkeys, browsers, settings } = deps

  app.get('/account/confirm', async (request, reply) =>
    showConfirm(request, reply, await requireSession(request, deps), deps),
  )

  app.post('/account/confirm', async (request, reply) => {
    const session = await requireSession(request, deps)
    const { userid, interaction } = session
    const account = accountOf(views, userid)
    const user = await verifyPassword(request, account, field(request.body, 'password'), deps)
    if (!user) return showConfirm(request, reply, session, deps, 'The password is not right.')
    await completeSignIn(reply, { userid, amr: ['pwd'], interaction }, deps)
    return reply.redirect(localPath(field(request.body, 'return_to'), settings.issuer), 303)
  })

  app.post('/account/confirm/passkey/options', async (request, reply) => {
    const { userid } = await requireSession(request, deps)
    const owned = views.credentials.passkeysOf(userid)
    return passkeys.authenticationOptions({
      session: browsers.ensure(request, reply),
      allowCredentialIds: owned.map(({ credential_id }) => Buffer.from(credential_id).toString('base64url')),
    })
  })

  app.post('/account/confirm/passkey', async (request, reply) => {
    const session = await requireSession(request, deps)
    const response = member(request.body, 'response')
    const { userid } = await verifyPasskey(
      request,
      { session: browsers.ensure(request, reply), response },
      deps,
    )
    if (userid !== session.userid) throw new Refusal('credential_rejected', 'This is somebody else’s passkey')
    await completeSignIn(reply, { userid, amr: ['passkey'], interaction: session.interaction }, deps)
    return { location: localPath(member(request.body, 'return_to'), settings.issuer) }
  })
}

function showConfirm(
  request: FastifyRequest,
  reply: FastifyReply,
  { userid }: BrowserSession,
  { views, csrf, settings }: AccountDeps,
  problem: string | null = null,
): FastifyReply {
  const wanted = field(request.query, 'return_to') || field(request.body, 'return_to')
  const user = views.users.byUserid(userid)
  const page = confirmPage({
    csrf: csrf.token(request, reply),
    username: user?.username ?? userid,
    returnTo: localPath(wanted, settings.issuer),
    hasPassword: views.credentials.passwordOf(userid) !== null,
    hasPasskey: views.credentials.countPasskeys(userid) > 0,
    hasAddress: user !== null && user.email !== null,
    problem,
  })
  return sendPage(reply, page, { status: problem === null ? 200 : 403 })
}
