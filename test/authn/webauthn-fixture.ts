import type { RegistrationFacts } from '../../src/authn/webauthn-registration.ts'
import { WebAuthnService } from '../../src/authn/webauthn-service.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { MemoryDocuments } from './memory-documents.ts'
import { type CeremonyOverrides, SoftwareAuthenticator } from './software-authenticator.ts'

export const ORIGIN = 'https://id.example.org'
export const RP_ID = 'id.example.org'
export const SESSION = 'session-1'
export const USER_HANDLE = Buffer.alloc(32, 5).toString('base64url')

/** A service over documents in memory, a clock that tests move, and an authenticator at the right origin. */
export function webauthnFixture({ counting = true }: { counting?: boolean } = {}) {
  const time = { now: Date.parse('2030-01-01T00:00:00.000Z') }
  const clock = () => time.now
  const documents = new MemoryDocuments(clock)
  const service = new WebAuthnService({
    documents,
    clock,
    random: systemRandom,
    rpId: RP_ID,
    rpName: 'Countersign',
    origin: ORIGIN,
  })
  const authenticator = new SoftwareAuthenticator({ origin: ORIGIN, counting })
  const stored = new Map<string, RegistrationFacts>()

  const registrationOptions = (session = SESSION) =>
    service.registrationOptions({
      session,
      userHandle: USER_HANDLE,
      username: 'jane',
      displayName: 'Jane Doe',
      excludeCredentialIds: [...stored.keys()],
    })
  const lookup = async (credentialId: string) => stored.get(credentialId) ?? null

  return {
    time,
    documents,
    service,
    authenticator,
    stored,
    lookup,
    registrationOptions,
    /** Goes through a registration and keeps its facts as an account would. */
    async register(overrides: CeremonyOverrides = {}) {
      const response = authenticator.register(await registrationOptions(), overrides)
      const facts = await service.verifyRegistration({ session: SESSION, response })
      stored.set(facts.credential_id, facts)
      return facts
    },
    /** Goes through an authentication and keeps the new counter. */
    async authenticate(overrides: CeremonyOverrides = {}, allowCredentialIds?: string[]) {
      const options = await service.authenticationOptions({
        session: SESSION,
        ...(allowCredentialIds === undefined ? {} : { allowCredentialIds }),
      })
      const response = authenticator.authenticate(options, overrides)
      const facts = await service.verifyAuthentication({ session: SESSION, response, lookup })
      const credential = stored.get(facts.credential_id)
      if (credential !== undefined) {
        stored.set(facts.credential_id, { ...credential, sign_count: facts.new_sign_count })
      }
      return facts
    },
  }
}
