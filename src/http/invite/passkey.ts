import type { FastifyInstance } from 'fastify'
import { passkeyOf } from '../../accounts/choose-passkey.ts'
import { randomToken } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { deviceName } from '../request/device-name.ts'
import { member } from '../request/form.ts'
import { type PersonFields, readPerson } from '../request/person-fields.ts'
import { acceptInvite, landingOf } from './accept.ts'
import type { InviteDeps } from './deps.ts'
import { chosenName, openInvite } from './open-link.ts'

type InvitePath = { Params: { token: string } }

/** Reads the person's fields before a passkey is made: a faulty form makes none. @throws Refusal `invalid_input`. */
function requirePerson(body: unknown, { settings }: InviteDeps): PersonFields {
  const { person, problems } = readPerson(body, settings)
  const texts = Object.values(problems)
  if (texts.length > 0) throw new Refusal('invalid_input', texts.join(' '))
  return person
}

/** Serves the two halves of making a passkey on an invitation page, as JSON for its module. */
export function invitePasskeyRoutes(app: FastifyInstance, deps: InviteDeps): void {
  const { passkeys, browsers, views } = deps

  app.post<InvitePath>('/invite/:token/passkey/options', async (request, reply) => {
    await deps.admission.admit('webauthn_challenge', {
      address: request.ip,
      browser: deps.browsers.of(request),
    })
    const link = await openInvite(request.params.token, deps)
    const username = chosenName(link, request.body)
    requirePerson(request.body, deps)
    const known = link.userid === null ? null : views.users.webauthnUserId(link.userid)
    const owned = link.userid === null ? [] : views.credentials.passkeysOf(link.userid)
    return passkeys.registrationOptions({
      session: browsers.ensure(request, reply),
      // A person without an account gets a handle here; the account keeps it with the passkey.
      userHandle: known ?? randomToken(),
      username,
      displayName: username,
      excludeCredentialIds: owned.map(({ credential_id }) =>
        Buffer.from(credential_id).toString('base64url'),
      ),
    })
  })

  app.post<InvitePath>('/invite/:token/passkey', async (request, reply) => {
    const link = await openInvite(request.params.token, deps)
    const username = chosenName(link, request.body)
    const person = requirePerson(request.body, deps)
    const facts = await passkeys.verifyRegistration({
      session: browsers.ensure(request, reply),
      response: member(request.body, 'response'),
    })
    if (link.userid !== null && facts.user_handle !== views.users.webauthnUserId(link.userid)) {
      throw new Refusal('credential_rejected', 'The passkey was made for another account')
    }
    const passkey = passkeyOf(facts, deviceName(request.headers['user-agent']))
    const choice = { passkey, webauthn_user_id: facts.user_handle }
    await acceptInvite(request, reply, { link, username, person, choice }, deps)
    return { location: landingOf(link) }
  })
}
