import { describe, expect, it } from 'vitest'
import { refusalCode } from './refusals.ts'
import type { CeremonyOverrides } from './software-authenticator.ts'
import { ORIGIN, RP_ID, SESSION, USER_HANDLE, webauthnFixture } from './webauthn-fixture.ts'

describe('authentication options', () => {
  it('are alike for everybody', async () => {
    const { service, register } = webauthnFixture()
    const before = await service.authenticationOptions({ session: SESSION })
    await register()
    const after = await service.authenticationOptions({ session: 'somebody else' })
    expect({ ...after, challenge: '' }).toEqual({ ...before, challenge: '' })
    expect(before).toEqual({
      rpId: RP_ID,
      challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      allowCredentials: [],
      timeout: 300_000,
      userVerification: 'required',
    })
    expect(after.challenge).not.toBe(before.challenge)
  })

  it('name the passkeys of a user who is known already', async () => {
    const { service } = webauthnFixture()
    const options = await service.authenticationOptions({
      session: SESSION,
      allowCredentialIds: ['AAAA', 'BBBB'],
    })
    expect(options.allowCredentials).toEqual([
      { id: 'AAAA', type: 'public-key' },
      { id: 'BBBB', type: 'public-key' },
    ])
  })
})

describe('an authentication', () => {
  it('gives the facts, each time with the counter that rose', async () => {
    const { register, authenticate } = webauthnFixture()
    const { credential_id } = await register()
    for (const count of [1, 2, 3]) {
      expect(await authenticate()).toEqual({
        user_handle: USER_HANDLE,
        credential_id,
        new_sign_count: count,
        user_verified: true,
        backup_state: true,
      })
    }
  })

  it('tells whether the passkey is backed up now', async () => {
    const { register, authenticate } = webauthnFixture()
    await register({ backupState: false })
    expect(await authenticate({ backupState: false })).toMatchObject({ backup_state: false })
    expect(await authenticate({ backupState: true })).toMatchObject({ backup_state: true })
  })

  it.each<[string, CeremonyOverrides]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that begins alike', { origin: `${ORIGIN}.evil.example` }],
    ['another port', { origin: `${ORIGIN}:444` }],
    ['another relying party', { rpId: 'example.org' }],
    ['another challenge', { challenge: 'x'.repeat(43) }],
    ['the other ceremony', { type: 'webauthn.create' }],
    ['no user verification', { userVerified: false }],
    ['no user presence', { userPresent: false }],
    ['a frame', { crossOrigin: true }],
    ['a frame of a named site', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['the handle of another user', { userHandle: Buffer.alloc(32, 6).toString('base64url') }],
    ['no user handle', { userHandle: null }],
    ['a changed signature', { tamper: 'signature' }],
    ['changed authenticator data', { tamper: 'authenticatorData' }],
    ['changed client data', { tamper: 'clientDataJSON' }],
    ['another backup eligibility', { backupEligible: false, backupState: false }],
    ['an impossible backup state', { backupEligible: false, backupState: true }],
  ])('is refused with %s', async (_, overrides) => {
    const { register, authenticate } = webauthnFixture()
    await register()
    expect(await refusalCode(authenticate(overrides))).toBe('credential_rejected')
    expect(await authenticate()).toMatchObject({ user_verified: true })
  })

  it('is refused for a passkey that nobody has', async () => {
    const { register, authenticate, stored } = webauthnFixture()
    await register()
    stored.clear()
    expect(await refusalCode(authenticate())).toBe('credential_rejected')
  })

  it('is refused for the signature of one passkey under the id of another', async () => {
    const { register, service, stored, lookup, authenticator } = webauthnFixture()
    const first = await register()
    stored.clear()
    await register()
    stored.set(first.credential_id, first)
    const response = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
    const forged = { ...response, id: first.credential_id, rawId: first.credential_id }
    const attempt = service.verifyAuthentication({ session: SESSION, response: forged, lookup })
    expect(await refusalCode(attempt)).toBe('credential_rejected')
  })

  it('is refused under another spelling of the same id', async () => {
    const { register, service, authenticator } = webauthnFixture()
    const facts = await register()
    const lookup = async () => facts
    const canonical = facts.credential_id
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last letter of 32 bytes carries two bits that mean nothing.
    const strayBit = canonical.slice(0, -1) + alphabet.charAt(alphabet.indexOf(canonical.slice(-1)) + 1)
    for (const id of [strayBit, `${canonical}=`, ` ${canonical}`]) {
      const response = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
      const attempt = service.verifyAuthentication({
        session: SESSION,
        response: { ...response, id, rawId: id },
        lookup,
      })
      expect(await refusalCode(attempt)).toBe('credential_rejected')
    }
  })

  it('is refused when the stored key cannot be read', async () => {
    const { register, authenticate, stored } = webauthnFixture()
    const facts = await register()
    for (const public_key of ['', 'AAAA', facts.public_key.slice(0, -4)]) {
      stored.set(facts.credential_id, { ...facts, public_key })
      expect(await refusalCode(authenticate())).toBe('credential_rejected')
    }
  })

  it('lets a failure of the lookup through', async () => {
    const { register, service, authenticator } = webauthnFixture()
    await register()
    const response = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
    const lookup = async () => {
      throw new Error('The disk is gone')
    }
    await expect(service.verifyAuthentication({ session: SESSION, response, lookup })).rejects.toThrow(
      'The disk is gone',
    )
  })
})

describe('an authentication of a known user', () => {
  it('takes only the passkeys that it asked for', async () => {
    const { register, authenticate, service, authenticator, stored, lookup } = webauthnFixture()
    const first = await register()
    stored.clear()
    const second = await register()
    stored.set(first.credential_id, first)
    expect(await authenticate({}, [first.credential_id])).toMatchObject({
      credential_id: first.credential_id,
    })

    const options = await service.authenticationOptions({
      session: SESSION,
      allowCredentialIds: [first.credential_id],
    })
    const response = authenticator.authenticate(options, { credentialId: second.credential_id })
    const attempt = service.verifyAuthentication({ session: SESSION, response, lookup })
    expect(await refusalCode(attempt)).toBe('credential_rejected')
  })

  it('may come without a user handle, but not with a wrong one', async () => {
    const { register, authenticate } = webauthnFixture()
    const { credential_id } = await register()
    expect(await authenticate({ userHandle: null }, [credential_id])).toMatchObject({
      user_handle: USER_HANDLE,
    })
    expect(await refusalCode(authenticate({ userHandle: 'AAAA' }, [credential_id]))).toBe(
      'credential_rejected',
    )
  })
})

describe('the challenge of an authentication', () => {
  it('serves once, also when what came was wrong', async () => {
    const { register, service, authenticator, lookup } = webauthnFixture()
    await register()
    const options = await service.authenticationOptions({ session: SESSION })
    const attempt = (response: unknown) =>
      service.verifyAuthentication({ session: SESSION, response, lookup })
    const wrong = authenticator.authenticate(options, { tamper: 'signature' })
    expect(await refusalCode(attempt(wrong))).toBe('credential_rejected')
    expect(await refusalCode(attempt(authenticator.authenticate(options)))).toBe('credential_rejected')

    const right = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => attempt(right)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('ends after five minutes', async () => {
    const { register, service, authenticator, lookup, time } = webauthnFixture()
    await register()
    const response = authenticator.authenticate(await service.authenticationOptions({ session: SESSION }))
    time.now += 300_000
    expect(await refusalCode(service.verifyAuthentication({ session: SESSION, response, lookup }))).toBe(
      'credential_rejected',
    )
  })

  it('belongs to its session and its ceremony', async () => {
    const { register, registrationOptions, service, authenticator, lookup } = webauthnFixture()
    await register()
    const options = await service.authenticationOptions({ session: 'somebody else' })
    const response = authenticator.authenticate(options)
    const attempt = (session: string) => service.verifyAuthentication({ session, response, lookup })
    expect(await refusalCode(attempt(SESSION))).toBe('credential_rejected')
    expect(await attempt('somebody else')).toMatchObject({ user_handle: USER_HANDLE })

    const { challenge } = await registrationOptions()
    const crossed = authenticator.authenticate({ ...options, challenge })
    expect(
      await refusalCode(service.verifyAuthentication({ session: SESSION, response: crossed, lookup })),
    ).toBe('credential_rejected')
  })

  it('leaves another window of the same browser alone', async () => {
    const { register, service, authenticator, lookup } = webauthnFixture()
    await register()
    const [first, second] = [
      await service.authenticationOptions({ session: SESSION }),
      await service.authenticationOptions({ session: SESSION }),
    ]
    for (const options of [first, second]) {
      const response = authenticator.authenticate(options)
      await service.verifyAuthentication({ session: SESSION, response, lookup })
    }
  })
})
