import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/kernel/refusal.ts'
import { ORIGIN, SESSION, webauthnFixture } from './webauthn-fixture.ts'

const RUNS = { numRuns: 300 }

// Changes bytes of a base64url text: overwrites, cuts or inserts.
const byteChange = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  }),
)
type ByteChange = typeof byteChange extends fc.Arbitrary<infer T> ? T : never

function changeBytes(text: string, change: ByteChange): string {
  const bytes = Buffer.from(text, 'base64url')
  const at = change.at % bytes.length
  if (change.kind === 'flip') {
    bytes.writeUInt8(bytes.readUInt8(at) ^ change.bits, at)
    return bytes.toString('base64url')
  }
  const tail = bytes.subarray(change.kind === 'cut' ? at + change.length : at)
  const middle = change.kind === 'insert' ? change.bytes : new Uint8Array()
  return Buffer.concat([bytes.subarray(0, at), middle, tail]).toString('base64url')
}

type Json = { [name: string]: unknown }
const OUTER = ['id', 'rawId', 'type', 'response'] as const

function replaced(response: Json, path: readonly string[], value: unknown): Json {
  const [name = '', ...rest] = path
  const inner = response[name]
  const next = rest.length === 0 ? value : replaced(inner as Json, rest, value)
  return { ...response, [name]: next }
}

/** Answers what a verification gave, or `null` for a refusal as rejected; anything else thrown fails the test. */
async function outcome<T>(attempt: Promise<T>): Promise<T | null> {
  try {
    return await attempt
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code === 'credential_rejected') return null
    throw thrown
  }
}

describe('a response that was changed on its way', () => {
  it('never authenticates: any byte of what is signed, of the signature or of the ids', async () => {
    const { register, service, authenticator, lookup } = webauthnFixture()
    await register()
    const parts = ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts, 'id' as const), byteChange, async (part, change) => {
        const response = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
        const honest = part === 'id' ? response.id : (response.response[part] ?? '')
        const changed = changeBytes(honest, change)
        fc.pre(changed !== honest)
        if (part === 'id') Object.assign(response, { id: changed, rawId: changed })
        else response.response[part] = changed
        expect(await outcome(service.verifyAuthentication({ session: SESSION, response, lookup }))).toBeNull()
      }),
      RUNS,
    )
  })

  it('never authenticates: any JSON in the place of any part', async () => {
    const { register, service, authenticator, lookup } = webauthnFixture()
    await register()
    const paths = [
      ...OUTER.map((name) => [name]),
      ...['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'].map((name) => ['response', name]),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const honest = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
        const response = replaced({ ...honest }, path, value)
        fc.pre(JSON.stringify(response) !== JSON.stringify(honest))
        expect(await outcome(service.verifyAuthentication({ session: SESSION, response, lookup }))).toBeNull()
      }),
      RUNS,
    )
  })

  it('never registers: any JSON in the place of any part', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const paths = [
      ...OUTER.map((name) => [name]),
      ['response', 'clientDataJSON'],
      ['response', 'attestationObject'],
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const honest = authenticator.register(await registrationOptions())
        const response = replaced({ ...honest }, path, value)
        fc.pre(JSON.stringify(response) !== JSON.stringify(honest))
        expect(await outcome(service.verifyRegistration({ session: SESSION, response }))).toBeNull()
      }),
      RUNS,
    )
  })

  // Without attestation nothing in a registration is signed, so a change can give another passkey. It can never
  // give one for another site, another ceremony, another challenge, another id or an unverified user.
  it('registers only what still answers this challenge at this site', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const parts = ['clientDataJSON', 'attestationObject'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), byteChange, async (part, change) => {
        const options = await registrationOptions()
        const response = authenticator.register(options)
        response.response[part] = changeBytes(response.response[part], change)
        const facts = await outcome(service.verifyRegistration({ session: SESSION, response }))
        if (facts === null) return
        const clientData = JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString())
        expect(clientData).toMatchObject({
          type: 'webauthn.create',
          challenge: options.challenge,
          origin: ORIGIN,
        })
        expect(facts).toMatchObject({ credential_id: response.id, user_verified: true })
      }),
      RUNS,
    )
  })
})

describe('anything at all', () => {
  it('is refused, and never more than that', async () => {
    const { service, lookup } = webauthnFixture()
    const odd = fc.constantFrom<unknown>(undefined, null, '', 0, [], {}, { response: null }, { response: {} })
    await fc.assert(
      fc.asyncProperty(fc.oneof(odd, fc.jsonValue(), fc.anything()), async (response) => {
        expect(await outcome(service.verifyRegistration({ session: SESSION, response }))).toBeNull()
        expect(await outcome(service.verifyAuthentication({ session: SESSION, response, lookup }))).toBeNull()
      }),
      RUNS,
    )
  })

  it('is refused when it is well-formed outside and rubbish inside', async () => {
    const { service, register, registrationOptions, authenticator, lookup } = webauthnFixture()
    const { credential_id } = await register()
    const rubbish = fc
      .uint8Array({ minLength: 1, maxLength: 400 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'))
    // Twelve thousand opened arrays: what recurses must not bring the process down.
    const nested = Buffer.alloc(12_000, 0x81).toString('base64url')
    await fc.assert(
      fc.asyncProperty(fc.oneof(rubbish, fc.constant(nested)), fc.boolean(), async (bytes, inClientData) => {
        const created = authenticator.register({ ...(await registrationOptions()), excludeCredentials: [] })
        created.response[inClientData ? 'clientDataJSON' : 'attestationObject'] = bytes
        expect(await outcome(service.verifyRegistration({ session: SESSION, response: created }))).toBeNull()

        const asserted = authenticator.authenticate(
          await service.authenticationOptions({ session: SESSION }),
          {
            credentialId: credential_id,
          },
        )
        asserted.response[inClientData ? 'clientDataJSON' : 'authenticatorData'] = bytes
        expect(
          await outcome(service.verifyAuthentication({ session: SESSION, response: asserted, lookup })),
        ).toBeNull()
      }),
      { numRuns: 150 },
    )
  })
})
