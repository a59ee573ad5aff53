import { passkeyOf } from '../../src/accounts/choose-passkey.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { tokenHash } from '../../src/kernel/random.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { createServices } from '../../src/service/services.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { installationFiles, openStorage } from '../../src/storage/open.ts'
import { SoftwareAuthenticator } from '../../test/authn/software-authenticator.ts'

/** The password of all people. */
export const PASSWORD = 'copper lantern under seven bridges'
/** A machine that asks for tokens meanwhile. */
export const MACHINE = { client_id: 'machine', client_secret: 'a secret of the benchmark' }

/** Somebody who signs in, with the device that holds the passkey. */
export interface Person {
  username: string
  authenticator: SoftwareAuthenticator
}

/** Fills an installation with people and a machine; answers the people, and the hash of their password. */
export async function makePeople(
  directory: string,
  count: number,
): Promise<{ people: Person[]; passwordHash: string }> {
  const settings = readSettings({ OIDC_OP_DATA_DIR: directory, OIDC_OP_LOG_LEVEL: 'error' }, () => '')
  const storage = await openStorage(installationFiles(settings))
  const { passwords, passkeys, oidc } = await createServices(storage, settings, systemClock)
  const passwordHash = await passwords.hash(PASSWORD)
  const submit = storage.commands.submit.bind(storage.commands)
  await submit(
    command(
      'register-client',
      {
        client_id: MACHINE.client_id,
        public: false,
        secret_hash: tokenHash(MACHINE.client_secret),
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: 'admin',
      },
      SYSTEM_ACTOR,
    ),
  )
  const people = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Person> => {
      const [userid, username, session] = [generateUserid(), `person-${index}`, `setup-${index}`]
      const authenticator = new SoftwareAuthenticator({ origin: settings.issuer })
      const userHandle = Buffer.from(username.padEnd(32)).toString('base64url')
      const options = await passkeys.registrationOptions({
        session,
        userHandle,
        username,
        displayName: username,
        excludeCredentialIds: [],
      })
      const response = authenticator.register(options)
      const passkey = passkeyOf(await passkeys.verifyRegistration({ session, response }), null)
      await submit(command('register-user', { userid, username, webauthn_user_id: userHandle }, SYSTEM_ACTOR))
      await submit(command('set-password', { userid, password_hash: passwordHash }, SYSTEM_ACTOR))
      await submit(command('register-passkey', { userid, ...passkey }, SYSTEM_ACTOR))
      return { username, authenticator }
    }),
  )
  await oidc.close()
  await storage.close()
  return { people, passwordHash }
}
