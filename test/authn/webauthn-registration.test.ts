import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { refusal, refusalCode } from './refusals.ts'
import { type CeremonyOverrides, SoftwareAuthenticator } from './software-authenticator.ts'
import { ORIGIN, RP_ID, SESSION, USER_HANDLE, webauthnFixture } from './webauthn-fixture.ts'

afterEach(() => vi.unstubAllGlobals())

describe('registration options', () => {
  it('ask for a discoverable passkey that verifies its user, and for no attestation', async () => {
    const { registrationOptions, documents } = webauthnFixture()
    const options = await registrationOptions()
    expect(options).toEqual({
      rp: { id: RP_ID, name: 'Countersign' },
      user: { id: USER_HANDLE, name: 'jane', displayName: 'Jane Doe' },
      challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
      timeout: 300_000,
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      extensions: { credProps: true },
      hints: [],
    })
    expect(documents.size).toBe(1)
    expect((await registrationOptions()).challenge).not.toBe(options.challenge)
  })

  it('exclude the passkeys that the account has', async () => {
    const { register, registrationOptions, authenticator } = webauthnFixture()
    const { credential_id } = await register()
    const options = await registrationOptions()
    expect(options.excludeCredentials).toEqual([{ id: credential_id, type: 'public-key' }])
    expect(() => authenticator.register(options)).toThrow(/already/)
  })
})

describe('a registration', () => {
  it('gives the facts of the new passkey', async () => {
    const { register, authenticator } = webauthnFixture()
    const facts = await register()
    expect(facts).toEqual({
      user_handle: USER_HANDLE,
      credential_id: authenticator.credentials[0]!.id,
      public_key: expect.stringMatching(/^pQECAyYgASFYI[A-Za-z0-9_-]+$/),
      sign_count: 0,
      transports: ['internal', 'hybrid'],
      aaguid: '00000000-0000-0000-0000-000000000000',
      backup_eligible: true,
      backup_state: true,
      user_verified: true,
    })
  })

  it('tells a passkey that stays on its device, with its counter', async () => {
    const facts = await webauthnFixture().register({ backupEligible: false, backupState: false, counter: 41 })
    expect(facts).toMatchObject({ backup_eligible: false, backup_state: false, sign_count: 41 })
  })

  it.each<[string, CeremonyOverrides]>([
    ['another origin', { origin: 'https://id.example.org.evil.example' }],
    ['the origin without its scheme', { origin: 'http://id.example.org' }],
    ['the origin with a port', { origin: `${ORIGIN}:8443` }],
    ['a subdomain', { origin: 'https://a.id.example.org' }],
    ['another relying party', { rpId: 'example.org' }],
    ['another challenge', { challenge: 'x'.repeat(43) }],
    ['a challenge of another length', { challenge: 'x' }],
    ['the other ceremony', { type: 'webauthn.get' }],
    ['no user verification', { userVerified: false }],
    ['no user presence', { userPresent: false }],
    ['a frame of another site', { crossOrigin: true }],
    ['a top origin', { topOrigin: ORIGIN }],
    ['a backup of what cannot be backed up', { backupEligible: false, backupState: true }],
  ])('is refused with %s', async (_, overrides) => {
    expect(await refusalCode(webauthnFixture().register(overrides))).toBe('credential_rejected')
  })

  it('is refused when the reported id is not the one in the authenticator data', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const response = authenticator.register(await registrationOptions())
    const id = Buffer.alloc(32, 1).toString('base64url')
    const attempt = service.verifyRegistration({ session: SESSION, response: { ...response, id, rawId: id } })
    expect(await refusalCode(attempt)).toBe('credential_rejected')
  })

  it('keeps of the transports only words', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const response = authenticator.register(await registrationOptions())
    response.response.transports = ['usb', 'usb', '<img onerror=x>', 'smart-card', '', 'NFC']
    expect(await service.verifyRegistration({ session: SESSION, response })).toMatchObject({
      transports: ['usb', 'smart-card'],
    })
  })

  it('needs no transports', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const response = authenticator.register(await registrationOptions())
    delete response.response.transports
    expect(await service.verifyRegistration({ session: SESSION, response })).toMatchObject({ transports: [] })
  })

  it('refuses a key with which nothing could ever be verified', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const response = authenticator.register(await registrationOptions())
    const object = Buffer.from(response.response.attestationObject, 'base64url')
    // The last byte belongs to y: the point is off the curve.
    object.writeUInt8(object.at(-1)! ^ 1, object.length - 1)
    response.response.attestationObject = object.toString('base64url')
    expect(await refusalCode(service.verifyRegistration({ session: SESSION, response }))).toBe(
      'credential_rejected',
    )
  })
})

describe('the challenge of a registration', () => {
  it('serves once, also when what came was wrong', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const options = await registrationOptions()
    const wrong = authenticator.register(options, { origin: 'https://evil.example' })
    const right = authenticator.register(options)
    const attempt = (response: unknown) => service.verifyRegistration({ session: SESSION, response })
    expect(await refusalCode(attempt(wrong))).toBe('credential_rejected')
    expect(await refusalCode(attempt(right))).toBe('credential_rejected')

    const again = authenticator.register(await registrationOptions())
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => attempt(again)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('ends after five minutes', async () => {
    const { registrationOptions, service, authenticator, time } = webauthnFixture()
    const [late, inTime] = [await registrationOptions(), await registrationOptions()]
    const attempt = (response: unknown) => service.verifyRegistration({ session: SESSION, response })
    time.now += 300_000 - 1
    await attempt(authenticator.register(inTime))
    time.now += 1
    expect(await refusalCode(attempt(authenticator.register(late)))).toBe('credential_rejected')
  })

  it('belongs to its session and its ceremony', async () => {
    const { registrationOptions, service, register } = webauthnFixture()
    await register()
    const other = new SoftwareAuthenticator({ origin: ORIGIN })
    const options = await registrationOptions('somebody else')
    const response = other.register(options)
    expect(await refusalCode(service.verifyRegistration({ session: SESSION, response }))).toBe(
      'credential_rejected',
    )
    // Nobody else can spoil it either.
    await service.verifyRegistration({ session: 'somebody else', response })

    const { challenge } = await service.authenticationOptions({ session: SESSION })
    const crossed = other.register({ ...options, challenge, excludeCredentials: [] })
    const attempt = service.verifyRegistration({ session: SESSION, response: crossed })
    expect(await refusalCode(attempt)).toBe('credential_rejected')
  })
})

describe('an attestation', () => {
  // Rewrites the attestation statement around the same authenticator data.
  function withStatement(object: string, format: string, statement: Map<string, unknown>): string {
    const decoded = isoCBOR.decodeFirst<Map<string, Uint8Array>>(
      new Uint8Array(Buffer.from(object, 'base64url')),
    )
    const authData = decoded.get('authData')!
    const rewritten = new Map<string, unknown>([
      ['fmt', format],
      ['attStmt', statement],
      ['authData', authData],
    ])
    return Buffer.from(isoCBOR.encode(rewritten as Parameters<typeof isoCBOR.encode>[0])).toString(
      'base64url',
    )
  }

  it('by the passkey itself is verified', async () => {
    const { registrationOptions, service, authenticator } = webauthnFixture()
    const attempt = async (privateKey?: Parameters<typeof sign>[2]) => {
      const response = authenticator.register(await registrationOptions())
      const object = isoCBOR.decodeFirst<Map<string, Uint8Array>>(
        new Uint8Array(Buffer.from(response.response.attestationObject, 'base64url')),
      )
      const clientDataHash = createHash('sha256')
        .update(Buffer.from(response.response.clientDataJSON, 'base64url'))
        .digest()
      const signed = Buffer.concat([object.get('authData')!, clientDataHash])
      const sig = sign('sha256', signed, privateKey ?? authenticator.credentials.at(-1)!.privateKey)
      const statement = new Map<string, unknown>([
        ['alg', -7],
        ['sig', new Uint8Array(sig)],
      ])
      response.response.attestationObject = withStatement(
        response.response.attestationObject,
        'packed',
        statement,
      )
      return service.verifyRegistration({ session: SESSION, response })
    }
    expect(await attempt()).toMatchObject({ user_verified: true })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(await refusalCode(attempt(privateKey))).toBe('credential_rejected')
  })

  it.each(['packed', 'fido-u2f', 'tpm', 'android-key', 'apple', 'android-safetynet', 'made-up', ''])(
    'with certificates, as %j, is refused without any request',
    async (format) => {
      const requests = vi.fn()
      vi.stubGlobal('fetch', requests)
      const { registrationOptions, service, authenticator } = webauthnFixture()
      const response = authenticator.register(await registrationOptions())
      const statement = new Map<string, unknown>([
        ['alg', -7],
        ['sig', new Uint8Array(70)],
        ['x5c', [new Uint8Array(100)]],
      ])
      response.response.attestationObject = withStatement(
        response.response.attestationObject,
        format,
        statement,
      )
      const refused = await refusal(service.verifyRegistration({ session: SESSION, response }))
      expect(refused.code).toBe('credential_rejected')
      // Before the library looks at it: it would fetch the revocation lists that a certificate names.
      expect(refused.cause).toEqual(new Error('An attestation that nobody asked for'))
      expect(requests).not.toHaveBeenCalled()
    },
  )
})

it('lets a failure of the store through', async () => {
  const { registrationOptions, service, authenticator, documents } = webauthnFixture()
  const response = authenticator.register(await registrationOptions())
  vi.spyOn(documents, 'take').mockRejectedValue(new Error('The disk is gone'))
  await expect(service.verifyRegistration({ session: SESSION, response })).rejects.toThrow('The disk is gone')
})
