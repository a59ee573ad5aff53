import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SoftwareAuthenticator } from '../../authn/software-authenticator.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import {
  isSignedIn,
  joinWithPasskey,
  makeLink,
  PASSWORD,
  signIn,
  signInWithPasskey,
} from '../../support/people.ts'
import { appearance } from '../../support/same.ts'

let service: TestApp
beforeEach(async () => {
  service = await createTestApp({ reactions: true })
})
afterEach(() => service.close())

const refused = { statusCode: 401, code: 'credential_rejected' }
const outcome = (response: { statusCode: number; json(): { code?: string } }) => ({
  statusCode: response.statusCode,
  code: response.json().code,
})

describe('signing in with a passkey', () => {
  it('takes one ceremony, in which nothing is typed', async () => {
    const { userid, authenticator } = await joinWithPasskey(service, 'ada')
    await service.newTypes()
    const browser = service.browser()
    const response = await signInWithPasskey(browser, authenticator)
    expect(response.json()).toEqual({ location: '/account' })
    const events = await service.newEvents()
    expect(events.map(({ type, actor_kind, actor_id }) => [type, actor_kind, actor_id])).toEqual([
      ['PasskeyUsed', 'user', userid],
      ['SignInSucceeded', 'user', userid],
    ])
    expect(events[1]?.data).toMatchObject({ amr: ['passkey'], device_name: 'Firefox on Linux' })
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('W1 a challenge serves once', async () => {
    const { authenticator } = await joinWithPasskey(service, 'ada')
    const browser = service.browser()
    await browser.get('/login')
    const options = await browser.post('/login/passkey/options', {})
    const response = authenticator.authenticate(options.json())
    expect((await browser.post('/login/passkey', { response })).statusCode).toBe(200)
    await browser.get('/account')
    const again = authenticator.authenticate(options.json())
    expect(outcome(await browser.post('/login/passkey', { response: again }))).toEqual(refused)
  })

  it('W1 a challenge belongs to its browser and its ceremony, and ends after five minutes', async () => {
    const { authenticator, browser: joined } = await joinWithPasskey(service, 'ada')
    const [one, two] = [service.browser(), service.browser()]
    for (const browser of [one, two]) await browser.get('/login')
    const options = (await one.post('/login/passkey/options', {})).json()
    const stolen = authenticator.authenticate(options)
    expect(outcome(await two.post('/login/passkey', { response: stolen }))).toEqual(refused)

    await joined.get('/account')
    const registration = (await joined.post('/account/passkeys/options', {})).json()
    const crossed = authenticator.authenticate({ ...options, challenge: registration.challenge })
    expect(outcome(await joined.post('/login/passkey', { response: crossed }))).toEqual(refused)

    const late = (await one.post('/login/passkey/options', {})).json()
    service.advance(5 * 60_000)
    const response = authenticator.authenticate(late)
    expect(outcome(await one.post('/login/passkey', { response }))).toEqual(refused)
  })

  it.each([
    ['W2 another origin', { origin: 'https://localhost:8080' }],
    ['W2 another port', { origin: 'http://localhost:8081' }],
    ['W2 another relying party', { rpId: 'example.org' }],
    ['W3 no user verification', { userVerified: false }],
    ['W4 another user handle', { userHandle: Buffer.alloc(32, 9).toString('base64url') }],
    ['W4 no user handle', { userHandle: null }],
    ['a signature over something else', { tamper: 'signature' as const }],
  ])('%s is refused', async (_what, overrides) => {
    const { authenticator } = await joinWithPasskey(service, 'ada')
    await service.newTypes()
    const browser = service.browser()
    expect(outcome(await signInWithPasskey(browser, authenticator, overrides))).toEqual(refused)
    expect(await isSignedIn(browser)).toBe(false)
    expect(await service.newTypes()).toEqual([])
  })

  it('W5 W6 a counter that did not rise is denied and flagged; with a bad signature nothing changes', async () => {
    const { userid, authenticator } = await joinWithPasskey(service, 'ada')
    await signInWithPasskey(service.browser(), authenticator, { counter: 7 })
    await service.newTypes()
    const browser = service.browser()
    const forged = await signInWithPasskey(browser, authenticator, { counter: 7, tamper: 'signature' })
    expect(outcome(forged)).toEqual(refused)
    expect(await service.newTypes()).toEqual([])
    const copied = await signInWithPasskey(browser, authenticator, { counter: 7 })
    expect(outcome(copied)).toEqual({ statusCode: 401, code: 'counter_regressed' })
    const events = await service.newEvents()
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'PasskeyCounterRegressed',
        data: { userid, credential_id: expect.any(String), stored_count: 7, reported_count: 7 },
      },
    ])
    expect(await isSignedIn(browser)).toBe(false)
    expect((await signInWithPasskey(browser, authenticator, { counter: 8 })).statusCode).toBe(200)
  })

  it('is refused to a deactivated person like any bad passkey', async () => {
    const { userid, authenticator } = await joinWithPasskey(service, 'ada')
    await service.does('change-user', { userid, changes: { active: false } })
    await service.newTypes()
    expect(outcome(await signInWithPasskey(service.browser(), authenticator))).toEqual(refused)
    expect(await service.newTypes()).toEqual([])
  })

  it('W7 the options reveal nothing about an account', async () => {
    await joinWithPasskey(service, 'ada')
    const replies = []
    for (const username of ['ada', 'eve']) {
      const browser = service.browser()
      await browser.get('/login')
      const response = await browser.post('/login/passkey/options', { username })
      const { challenge, ...options } = response.json()
      expect(challenge).toHaveLength(43)
      replies.push({ ...appearance(response, username), body: options })
    }
    expect(replies[0]?.body).toMatchObject({ allowCredentials: [], userVerification: 'required' })
    expect(replies[1]).toEqual(replies[0])
  })

  it.each([
    ['nothing', null],
    ['a text', 'x'],
    ['an empty object', {}],
    ['a response without its parts', { response: { id: 'AA', rawId: 'AA', type: 'public-key' } }],
  ])('takes %s for what it is', async (_what, body) => {
    const browser = service.browser()
    await browser.get('/login')
    expect((await browser.post('/login/passkey', body)).statusCode).toBe(401)
  })
})

describe('W4 the user handle', () => {
  it('is random: neither the user id nor the name', async () => {
    const { userid } = await joinWithPasskey(service, 'ada')
    const handle = service.storage.views.users.webauthnUserId(userid) ?? ''
    expect(Buffer.from(handle, 'base64url')).toHaveLength(32)
    const text = Buffer.from(handle, 'base64url').toString('latin1')
    expect(text).not.toContain('ada')
    expect(text).not.toContain(userid)
  })
})

describe('W8 the own passkeys', () => {
  it('are added with a fresh proof, and reported by mail', async () => {
    const userid = await service.register({ username: 'ada', password: PASSWORD, email: 'ada@example.org' })
    const authenticator = new SoftwareAuthenticator({ origin: service.issuer })
    const browser = service.browser()
    await signIn(browser, 'ada')
    await browser.get('/account')
    await service.newTypes()
    service.mails.length = 0
    const options = await browser.post('/account/passkeys/options', {})
    const response = authenticator.register(options.json())
    expect((await browser.post('/account/passkeys', { response })).statusCode).toBe(200)
    expect(await service.newTypes()).toEqual(['PasskeyRegistered'])
    expect(service.mails.map(({ subject }) => subject)).toEqual(['A passkey was added to your account'])
    expect(service.storage.views.credentials.passkeysOf(userid)).toMatchObject([
      { device_name: 'Firefox on Linux', sign_count: 0, backup_eligible: true },
    ])
    expect((await signInWithPasskey(service.browser(), authenticator)).statusCode).toBe(200)
  })

  it('cannot be added or removed on an old proof; a passkey gives a fresh one, and a new session id', async () => {
    const { authenticator, browser } = await joinWithPasskey(service, 'ada')
    service.advance(6 * 60_000)
    await browser.get('/account')
    expect((await browser.post('/account/passkeys/options', {})).json().code).toBe('proof_needed')
    const id = authenticator.credentials[0]?.id
    const removal = await browser.submit(`/account/passkeys/${id}/remove`)
    expect(removal.headers.location).toBe('/account/confirm')
    await service.newTypes()

    await browser.get('/account/confirm')
    const before = browser.cookies.get('countersign')
    const options = await browser.post('/account/confirm/passkey/options', {})
    expect(options.json().allowCredentials.map((allowed: { id: string }) => allowed.id)).toEqual([id])
    const response = authenticator.authenticate(options.json())
    const confirmed = await browser.post('/account/confirm/passkey', { response, return_to: '/account' })
    expect(confirmed.json()).toEqual({ location: '/account' })
    expect(browser.cookies.get('countersign')).not.toBe(before)
    expect(await service.newTypes()).toEqual(['PasskeyUsed', 'SignInSucceeded'])
    await browser.get('/account')
    expect((await browser.post('/account/passkeys/options', {})).statusCode).toBe(200)
  })

  it('are not confirmed by somebody else’s passkey', async () => {
    const bob = await joinWithPasskey(service, 'bob')
    const { browser } = await joinWithPasskey(service, 'ada')
    await browser.get('/account/confirm')
    const options = await browser.post('/account/confirm/passkey/options', {})
    const response = bob.authenticator.authenticate({ ...options.json(), allowCredentials: [] })
    expect(outcome(await browser.post('/account/confirm/passkey', { response }))).toEqual(refused)
  })

  it('are renamed and removed, but not the last way in', async () => {
    const { browser, authenticator } = await joinWithPasskey(service, 'ada')
    await browser.get('/account')
    await service.newTypes()
    const id = authenticator.credentials[0]?.id
    const named = await browser.submit(`/account/passkeys/${id}/name`, { device_name: 'My <b>key</b>' })
    expect((await browser.follow(named)).body).toContain('My &lt;b>key&lt;/b>')
    const refusal = await browser.submit(`/account/passkeys/${id}/remove`)
    expect(refusal.statusCode).toBe(400)
    expect(refusal.body).toContain('the only way in')
    await browser.submit('/account/password', { password: PASSWORD })
    await browser.get('/account')
    const removed = await browser.submit(`/account/passkeys/${id}/remove`)
    expect(removed.headers.location).toBe('/account?done=passkey_removed')
    expect(await service.newTypes()).toEqual([
      'PasskeyRenamed',
      'PasswordSet',
      'SignInSucceeded',
      'PasskeyRemoved',
    ])
  })

  it('are nobody else’s to rename or remove', async () => {
    const bob = await joinWithPasskey(service, 'bob')
    const { browser } = await joinWithPasskey(service, 'ada')
    await browser.get('/account')
    await service.newTypes()
    const id = bob.authenticator.credentials[0]?.id
    const renamed = await browser.submit(`/account/passkeys/${id}/name`, { device_name: 'mine' })
    expect(renamed.statusCode).toBe(404)
    await browser.get('/account')
    expect((await browser.submit(`/account/passkeys/${id}/remove`)).statusCode).toBe(404)
    expect(await service.newTypes()).toEqual([])
  })

  it('have ids that are unique everywhere', async () => {
    const { authenticator } = await joinWithPasskey(service, 'ada')
    const token = await makeLink(service, 'invitation', { username: 'bob' })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    const options = (await browser.post(`/invite/${token}/passkey/options`, {})).json()
    const copy = new SoftwareAuthenticator({ origin: service.issuer })
    const response = copy.register(options)
    const taken = authenticator.credentials[0]?.id ?? ''
    const attestation = Buffer.from(response.response.attestationObject, 'base64url')
    const own = Buffer.from(response.id, 'base64url')
    attestation.fill(Buffer.from(taken, 'base64url'), attestation.indexOf(own), attestation.indexOf(own) + 32)
    const forged = {
      ...response,
      id: taken,
      rawId: taken,
      response: { ...response.response, attestationObject: attestation.toString('base64url') },
    }
    const accepted = await browser.post(`/invite/${token}/passkey`, { response: forged })
    expect([accepted.statusCode, accepted.json().code, accepted.json().key]).toEqual([
      409,
      'already_exists',
      'credential_id',
    ])
  })
})
