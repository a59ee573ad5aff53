import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SoftwareAuthenticator } from '../../authn/software-authenticator.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import type { TestBrowser } from '../../support/browser.ts'
import {
  isSignedIn,
  mailedLink,
  makeLink,
  OTHER_PASSWORD,
  PASSWORD,
  signIn,
  signInWithPasskey,
} from '../../support/people.ts'

// A person is whole from the start: name and address can be given on every page that opens or shows an account, an
// address is proven by a link or a code, and nobody is left with no way in.

let service: TestApp
beforeEach(async () => {
  service = await createTestApp({ reactions: true })
})
afterEach(() => service.close())

const PERSON = { given_name: 'Grace', family_name: 'Hopper', email: 'grace@example.org' }
const grace = () => service.storage.views.users.byUsername('grace')

const OPENERS = ['claim', 'invitation'] as const
const WAYS: Record<
  string,
  (browser: TestBrowser, token: string, fields: Record<string, string>) => Promise<number>
> = {
  password: async (browser, token, fields) =>
    (await browser.submit(`/invite/${token}`, { ...fields, password: PASSWORD })).statusCode,
  passkey: async (browser, token, fields) => {
    const device = new SoftwareAuthenticator({ origin: service.issuer })
    const options = await browser.post(`/invite/${token}/passkey/options`, fields)
    if (options.statusCode !== 200) return options.statusCode
    const response = device.register(options.json())
    return (await browser.post(`/invite/${token}/passkey`, { ...fields, response })).statusCode
  },
}

async function openPage(purpose: (typeof OPENERS)[number]) {
  const token = await makeLink(service, purpose, { username: purpose === 'claim' ? 'admin' : 'grace' })
  const browser = service.browser()
  const page = await browser.get(`/invite/${token}`)
  return { token, browser, page: page.body }
}

describe.each(OPENERS.flatMap((purpose) => Object.keys(WAYS).map((way) => ({ purpose, way }))))(
  'a person who comes by a $purpose with a $way',
  ({ purpose, way }) => {
    it('says name and address, which is unproven until the mailed code or link proves it', async () => {
      const { token, browser, page } = await openPage(purpose)
      for (const name of ['given_name', 'family_name', 'email']) expect(page).toContain(`name="${name}"`)
      const status = await WAYS[way]!(browser, token, { username: 'grace', ...PERSON })
      expect([200, 303]).toContain(status)
      expect(grace()).toMatchObject({ ...PERSON, email_verified: false })
      const { code } = await mailedLink(service)
      expect(service.mails.at(-1)?.to).toBe(PERSON.email)
      const account = await browser.get('/account')
      expect(account.body).toContain('id="confirm-email"')
      const confirmed = await browser.submit('/account/email/code', { code })
      expect(confirmed.headers.location).toBe('/account?done=email_verified')
      expect(grace()).toMatchObject({ email_verified: true })
      expect(service.storage.views.credentials.passwordOf(grace()?.userid ?? '') !== null).toBe(
        way === 'password',
      )
    })

    it('may leave all of it out', async () => {
      const { token, browser } = await openPage(purpose)
      const status = await WAYS[way]!(browser, token, {
        username: 'grace',
        given_name: '',
        family_name: '',
        email: '',
      })
      expect([200, 303]).toContain(status)
      expect(grace()).toMatchObject({ given_name: null, family_name: null, email: null })
      await service.settled()
      expect(service.mails).toEqual([])
    })

    it.each([
      ['email', 'grace'],
      ['email', 'a@b@example.org'],
      ['given_name', 'x'.repeat(257)],
      ['family_name', 'a\u0007b'],
    ])('hears at the field what is wrong with %s, and keeps the link', async (field, value) => {
      const { token, browser } = await openPage(purpose)
      expect(await WAYS[way]!(browser, token, { username: 'grace', ...PERSON, [field]: value })).toBe(400)
      expect(grace()).toBeNull()
      if (way === 'password') {
        const again = await browser.submit(`/invite/${token}`, {
          username: 'grace',
          ...PERSON,
          [field]: value,
          password: PASSWORD,
        })
        expect(again.body).toContain(`id="${field}-problem"`)
        expect(again.body).toContain('aria-invalid="true"')
        expect(again.body).toContain(
          'value="Grace"'.replace('Grace', field === 'given_name' ? 'Hopper' : 'Grace'),
        )
      }
      expect([200, 303]).toContain(await WAYS[way]!(browser, token, { username: 'grace', ...PERSON }))
    })
  },
)

it('P3 takes no password that is made of the name or the address that is given with it', async () => {
  const { token, browser } = await openPage('invitation')
  for (const password of ['hopper hopper hopper', 'my mail is grace@example.org']) {
    const refused = await browser.submit(`/invite/${token}`, { ...PERSON, password })
    expect(refused.statusCode).toBe(400)
    expect(refused.body).toContain('id="password-problem"')
  }
})

describe('the account page', () => {
  let browser: TestBrowser
  beforeEach(async () => {
    const { token, browser: opened } = await openPage('invitation')
    browser = opened
    await browser.submit(`/invite/${token}`, { password: PASSWORD })
    await browser.get('/account')
    await service.newTypes()
  })

  it('changes the name', async () => {
    const saved = await browser.submit('/account/profile', { given_name: 'Amazing', family_name: '' })
    expect(saved.headers.location).toBe('/account?done=profile_saved')
    expect(grace()).toMatchObject({ given_name: 'Amazing', family_name: null })
    expect(await service.newTypes()).toEqual(['UserProfileChanged'])
  })

  it('gives an address, which a mailed link proves, and mailed sign-in works from then on', async () => {
    const saved = await browser.submit('/account/email', { email: PERSON.email })
    expect(saved.headers.location).toBe('/account?done=email_sent')
    expect(grace()).toMatchObject({ email: PERSON.email, email_verified: false })
    const { token } = await mailedLink(service)
    await browser.get(`/link/${token}`)
    expect((await browser.submit(`/link/${token}`)).headers.location).toBe('/account?done=email_verified')
    const elsewhere = service.browser()
    await elsewhere.get('/login')
    await elsewhere.submit('/login/link', { username: PERSON.email })
    const link = await mailedLink(service)
    await elsewhere.get(`/link/${link.token}`)
    await elsewhere.submit(`/link/${link.token}`)
    expect(await isSignedIn(elsewhere)).toBe(true)
    expect((await signIn(service.browser(), 'grace')).statusCode).toBe(303)
  })

  it('changes an address: unproven again, links to the old one void, and the old one hears of it', async () => {
    await browser.submit('/account/email', { email: PERSON.email })
    const first = await mailedLink(service)
    await browser.get('/account')
    service.mails.length = 0
    await browser.submit('/account/email', { email: 'hopper@example.org' })
    await service.settled()
    // The notice follows the event and the other mail the request, so either may be first.
    expect(new Map(service.mails.map(({ to, subject }) => [to, subject]))).toEqual(
      new Map([
        [PERSON.email, 'The mail address of your account was changed'],
        ['hopper@example.org', 'Confirm your mail address'],
      ]),
    )
    expect((await browser.get(`/link/${first.token}`)).statusCode).toBe(404)
    await browser.get('/account')
    const wrong = await browser.submit('/account/email/code', { code: first.code })
    expect([wrong.statusCode, wrong.body.includes('id="code-problem"')]).toEqual([400, true])
    expect(grace()).toMatchObject({ email: 'hopper@example.org', email_verified: false })
    await browser.submit('/account/email', { email: '' })
    expect(grace()).toMatchObject({ email: null })
  })

  it('P4 changes no address without a fresh proof, and none for who came by a link', async () => {
    service.advance(6 * 60_000)
    const refused = await browser.submit('/account/email', { email: PERSON.email })
    expect(refused.headers.location).toBe('/account/confirm')
    const token = await makeLink(service, 'sign_in', { username: 'grace', userid: grace()?.userid ?? '' })
    const guest = service.browser()
    await guest.get(`/link/${token}`)
    await guest.submit(`/link/${token}`)
    await guest.get('/account')
    expect((await guest.submit('/account/email', { email: PERSON.email })).headers.location).toBe(
      '/account/confirm',
    )
    expect(grace()).toMatchObject({ email: null })
  })

  it('proves no address that another account has proven', async () => {
    await service.register({ username: 'other', email: PERSON.email, email_verified: true })
    await browser.submit('/account/email', { email: PERSON.email })
    const { code, token } = await mailedLink(service)
    await browser.get('/account')
    const refused = await browser.submit('/account/email/code', { code })
    expect([refused.statusCode, refused.body.includes('Another account has this mail address')]).toEqual([
      400,
      true,
    ])
    await browser.get(`/link/${token}`)
    expect((await browser.submit(`/link/${token}`)).statusCode).toBe(409)
    expect(grace()).toMatchObject({ email_verified: false })
  })
})

describe('nobody is left without a way in', () => {
  it.each([
    ['proven', true],
    ['unproven', false],
  ])(
    'created with a(n) %s address and no credential: the first passkey comes from a mailed link',
    async (_what, email_verified) => {
      await service.register({ username: 'grace', email: PERSON.email, email_verified })
      const browser = service.browser()
      await browser.get('/login')
      await browser.submit('/login/link', { username: 'grace' })
      const { token } = await mailedLink(service)
      await browser.get(`/link/${token}`)
      const page = await browser.follow(await browser.submit(`/link/${token}`))
      expect(page.body).toContain('Choose how you sign in')
      const device = new SoftwareAuthenticator({ origin: service.issuer })
      const options = await browser.post('/account/passkeys/options', {})
      const added = await browser.post('/account/passkeys', { response: device.register(options.json()) })
      expect(added.statusCode).toBe(200)
      expect(service.storage.views.credentials.passkeysOf(grace()?.userid ?? '')[0]?.set_by).toBe('owner')
      expect((await signInWithPasskey(service.browser(), device)).statusCode).toBe(200)
    },
  )
})

describe('a mailed invitation', () => {
  const invite = async () => {
    await service.register({ username: 'root', groups: ['admin'], password: PASSWORD })
    const link = service.deps.links.create({ purpose: 'invitation' })
    await service.does('issue-magic-link', {
      link_id: link.link_id,
      token_hash: link.token_hash,
      purpose: 'invitation',
      username: 'grace',
      expires_at: link.expires_at,
      email: PERSON.email,
    })
    return { token: link.token.reveal(), code: link.code.reveal() }
  }

  it('proposes the address, and the person may give another', async () => {
    const { token } = await invite()
    const browser = service.browser()
    expect((await browser.get(`/invite/${token}`)).body).toContain(`value="${PERSON.email}"`)
    await browser.submit(`/invite/${token}`, { email: 'own@example.org', password: PASSWORD })
    expect(grace()).toMatchObject({ email: 'own@example.org', email_verified: false })
  })

  it('is accepted by its code, once', async () => {
    const { token, code } = await invite()
    const browser = service.browser()
    await browser.get('/invite')
    const found = await browser.submit('/invite', { username: 'Grace', code: code.toLowerCase() })
    const address = String(found.headers.location)
    expect(address).toMatch(/^\/invite\/[A-Za-z0-9_-]{43}$/)
    expect((await browser.get(address)).body).toContain('Accept your invitation')
    expect((await browser.submit(address, { password: PASSWORD })).statusCode).toBe(303)
    expect(await isSignedIn(browser)).toBe(true)
    expect((await service.browser().get(`/invite/${token}`)).statusCode).toBe(410)
    expect((await service.browser().get(address)).statusCode).toBe(410)
  })

  it.each([
    ['a wrong code', 'grace', '2222-2222'],
    ['no code', 'grace', ''],
    ['a name that nobody invited', 'nobody', null],
  ])('M1 is not opened by %s', async (_what, username, typed) => {
    const { code } = await invite()
    const browser = service.browser()
    await browser.get('/invite')
    const refused = await browser.submit('/invite', { username, code: typed ?? code })
    expect([
      refused.statusCode,
      refused.body.includes('There is no invitation with this name and code'),
    ]).toEqual([403, true])
  })

  it('M1 is not opened by its code any more once that was guessed at too often', async () => {
    const { code } = await invite()
    for (let time = 0; time < 20; time += 1) {
      const browser = service.browser(`198.51.${time}.1`)
      await browser.get('/invite')
      await browser.submit('/invite', { username: 'grace', code: '2222-2222' })
    }
    const browser = service.browser()
    await browser.get('/invite')
    expect((await browser.submit('/invite', { username: 'grace', code })).statusCode).toBe(403)
  })
})

describe('after a recovery', () => {
  it('the account page lists the older ways in that still work, each with Remove', async () => {
    const opened = await openPage('invitation')
    await opened.browser.submit(`/invite/${opened.token}`, { password: PASSWORD })
    const userid = grace()?.userid ?? ''
    await service.does('register-passkey', {
      userid,
      credential_id: 'AAAA',
      public_key: 'BBBB',
      device_name: 'Lost phone',
    })
    service.advance(60_000)
    const token = await makeLink(service, 'recovery', { username: 'grace', userid })
    const browser = service.browser()
    await browser.get(`/invite/${token}`)
    const device = new SoftwareAuthenticator({ origin: service.issuer })
    const options = await browser.post(`/invite/${token}/passkey/options`, {})
    const { location } = (
      await browser.post(`/invite/${token}/passkey`, { response: device.register(options.json()) })
    ).json()
    const page = (await browser.get(location)).body
    const section = /<section aria-labelledby="older-ways">[\s\S]*?<\/section>/.exec(page)?.[0] ?? ''
    expect(section).toContain('Lost phone')
    expect(section).toContain('/account/passkeys/AAAA/remove')
    expect(section).toContain('/account/password/remove')
    await browser.submit('/account/passkeys/AAAA/remove')
    await browser.get('/account')
    expect((await browser.submit('/account/password/remove')).headers.location).toBe(
      '/account?done=password_removed',
    )
    expect((await signIn(service.browser(), 'grace', PASSWORD)).statusCode).toBe(403)
    expect((await signIn(service.browser(), 'grace', OTHER_PASSWORD)).statusCode).toBe(403)
    expect((await signInWithPasskey(service.browser(), device)).statusCode).toBe(200)
  })

  it('/recover says what can be done, without a session', async () => {
    const page = await service.browser().get('/recover')
    expect([page.statusCode, page.body.includes('recovery link')]).toEqual([200, true])
    expect((await service.browser().get('/login')).body).toContain('href="/recover"')
  })
})
