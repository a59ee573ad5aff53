import type { FastifyInstance } from 'fastify'
import { passkeyOf } from '../../accounts/choose-passkey.ts'
import { actorOf } from '../../accounts/principal.ts'
import { command } from '../../commands/command.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { completeSignIn } from '../login/complete.ts'
import { deviceName } from '../request/device-name.ts'
import { originOf } from '../request/event-origin.ts'
import { field, member } from '../request/form.ts'
import type { AccountDeps } from './deps.ts'
import { showAccount } from './show.ts'
import { requireFresh, requireFreshOrFirst, requireSession } from './signed-in.ts'

type PasskeyPath = { Params: { id: string } }

/** Serves the forms by which a person adds, renames and removes passkeys. */
export function accountPasskeyRoutes(app: FastifyInstance, deps: AccountDeps): void {
  const { passkeys, browsers, views, commands, throttle } = deps

  app.post('/account/passkeys/options', async (request, reply) => {
    const session = await requireSession(request, deps)
    requireFreshOrFirst(session, deps)
    const user = views.users.byUserid(session.userid)
    const userHandle = views.users.webauthnUserId(session.userid)
    if (!user || userHandle === null) throw new Refusal('not_found', 'There is no such user')
    return passkeys.registrationOptions({
      session: browsers.ensure(request, reply),
      userHandle,
      username: user.username,
      displayName: user.username,
      excludeCredentialIds: views.credentials
        .passkeysOf(user.userid)
        .map(({ credential_id }) => Buffer.from(credential_id).toString('base64url')),
    })
  })

  app.post('/account/passkeys', async (request, reply) => {
    const session = await requireSession(request, deps)
    const { first } = requireFreshOrFirst(session, deps)
    const { userid } = session
    const facts = await passkeys.verifyRegistration({
      session: browsers.ensure(request, reply),
      response: member(request.body, 'response'),
    })
    if (facts.user_handle !== views.users.webauthnUserId(userid)) {
      throw new Refusal('credential_rejected', 'The passkey was made for another account')
    }
    const passkey = { userid, first, ...passkeyOf(facts, deviceName(request.headers['user-agent'])) }
    await commands.submit(
      command('register-passkey', passkey, actorOf(session), originOf(session, request.id)),
    )
    // Registering a passkey takes the same gesture as using it, and proves as much.
    if (first)
      await completeSignIn(reply, { userid, amr: ['passkey'], interaction: session.interaction }, deps)
    else await throttle.know(browsers.ensure(request, reply), userid)
    return { credential_id: facts.credential_id }
  })

  app.post<PasskeyPath>('/account/passkeys/:id/name', async (request, reply) => {
    const session = await requireSession(request, deps)
    const facts = {
      userid: session.userid,
      credential_id: request.params.id,
      device_name: field(request.body, 'device_name').trim(),
    }
    await commands.submit(command('rename-passkey', facts, actorOf(session), originOf(session, request.id)))
    return reply.redirect('/account?done=passkey_renamed', 303)
  })

  app.post<PasskeyPath>('/account/passkeys/:id/remove', async (request, reply) => {
    const session = await requireSession(request, deps)
    requireFresh(session, deps)
    const { userid } = session
    const facts = { userid, credential_id: request.params.id }
    try {
      await commands.submit(command('remove-passkey', facts, actorOf(session), originOf(session, request.id)))
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'last_credential')) throw error
      return showAccount(request, reply, { session, problem: `${error.message}.` }, deps)
    }
    await throttle.know(browsers.ensure(request, reply), userid)
    return reply.redirect('/account?done=passkey_removed', 303)
  })
}
