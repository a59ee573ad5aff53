import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestApp, type TestApp } from '../../support/app.ts'
import {
  isSignedIn,
  mailedLink,
  makeLink,
  makeLinkWithCode,
  OTHER_PASSWORD,
  PASSWORD,
  signIn,
} from '../../support/people.ts'

let service: TestApp
let ada: string
beforeEach(async () => {
  service = await createTestApp()
  ada = await service.register({
    username: 'ada',
    password: PASSWORD,
    email: 'ada@example.org',
    email_verified: true,
  })
  await service.newTypes()
})
afterEach(() => service.close())

/** Asks for a link in a browser, and answers what the mail brings. */
async function ask(browser = service.browser(), username = 'ada') {
  await browser.get('/login')
  await browser.submit('/login/link', { username })
  return { browser, ...(await mailedLink(service)) }
}

describe('a mailed link', () => {
  it('signs in where it was asked for, with one button', async () => {
    const { browser, token } = await ask()
    expect(await service.newTypes()).toEqual(['MagicLinkIssued'])
    const page = await browser.get(`/link/${token}`)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('You asked for this link a moment ago')
    const used = await browser.submit(`/link/${token}`)
    expect(used.headers.location).toBe('/account')
    const events = await service.newEvents()
    expect(events.map(({ type, actor_id }) => [type, actor_id])).toEqual([
      ['MagicLinkUsed', ada],
      ['SignInSucceeded', ada],
    ])
    expect(events.at(-1)?.data).toMatchObject({ userid: ada, amr: ['link'] })
    expect(await isSignedIn(browser)).toBe(true)
  })

  it('M6 names the account and takes the typed code, when it is opened in another browser', async () => {
    const { token, code } = await ask()
    const other = service.browser()
    const page = await other.get(`/link/${token}`)
    expect(page.body).toContain('This link was asked for in another browser')
    expect(page.body).toContain('<strong>ada</strong>')
    await other.submit(`/link/${token}`, { code })
    expect(await isSignedIn(other)).toBe(true)
  })

  it('M6 works as a typed code, in any case and with any spaces, in the browser that asked', async () => {
    const { browser, code } = await ask()
    await browser.get('/login/code')
    const used = await browser.submit('/login/code', { code: ` ${code.toLowerCase().replace('-', ' ')} ` })
    expect(used.headers.location).toBe('/account')
    const events = await service.newEvents()
    expect(events.at(-1)?.data).toMatchObject({ userid: ada, amr: ['code'] })
    const again = await browser.submit('/login/code', { code })
    expect(again.statusCode).toBe(403)
  })

  it('M6 the code is worth nothing in another browser', async () => {
    const { code } = await ask()
    const other = service.browser()
    await other.get('/login/code')
    expect((await other.submit('/login/code', { code })).statusCode).toBe(403)
    const asking = await ask(service.browser(), 'nobody')
    await asking.browser.get('/login/code')
    expect((await asking.browser.submit('/login/code', { code })).statusCode).toBe(403)
  })

  it('leads back to where the sign-in began', async () => {
    const browser = service.browser()
    await browser.get('/login?return_to=%2Fmanage%3Ftab%3Dusers')
    await browser.submit('/login/link', { username: 'ada' })
    const { token } = await mailedLink(service)
    await browser.get(`/link/${token}`)
    expect((await browser.submit(`/link/${token}`)).headers.location).toBe('/manage?tab=users')
  })
})

it('M1 has 256 random bits, of which only the hash is kept, and serves one purpose', async () => {
  const { token } = await ask()
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  const [issued] = await service.newEvents()
  expect(JSON.stringify(issued)).not.toContain(token)
  expect((await service.browser().get(`/invite/${token}`)).statusCode).toBe(404)
  const invitation = await makeLink(service, 'invitation', { username: 'bob' })
  expect((await service.browser().get(`/link/${invitation}`)).statusCode).toBe(404)
})

it('M2 HEAD, GET and prefetch never use it up', async () => {
  const { browser, token } = await ask()
  await service.newTypes()
  for (const headers of [{}, { purpose: 'prefetch' }, { 'sec-purpose': 'prefetch;prerender' }]) {
    expect((await service.browser().get(`/link/${token}`, { headers })).statusCode).toBe(200)
    const head = await service.app.inject({ method: 'HEAD', url: `/link/${token}`, headers })
    expect(head.statusCode).toBe(200)
  }
  expect(await service.newTypes()).toEqual([])
  await browser.get(`/link/${token}`)
  expect((await browser.submit(`/link/${token}`)).statusCode).toBe(303)
})

it('M3 needs the token of the page', async () => {
  const { browser, token } = await ask()
  await service.newTypes()
  await browser.get(`/link/${token}`)
  const { page } = browser
  browser.page = { url: '/', body: '' }
  const refused = await browser.submit(`/link/${token}`)
  expect(refused.statusCode).toBe(403)
  expect(refused.body).toContain('Please try again')
  expect(await service.newTypes()).toEqual([])
  browser.page = page
  expect((await browser.submit(`/link/${token}`)).statusCode).toBe(303)
})

it('M4 of 50 that use it at once, one wins', async () => {
  const { token, code } = await ask()
  await service.newTypes()
  const browsers = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const browser = service.browser()
      await browser.get(`/link/${token}`)
      return browser
    }),
  )
  const replies = await Promise.all(browsers.map((browser) => browser.submit(`/link/${token}`, { code })))
  expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([303, ...Array(49).fill(410)])
  expect(await service.newTypes()).toEqual(['MagicLinkUsed', 'SignInSucceeded'])
  const signedIn = await Promise.all(browsers.map(isSignedIn))
  expect(signedIn.filter(Boolean)).toHaveLength(1)
})

it('M5 a sign-in link lives for ten minutes, a recovery for at most a day', async () => {
  const { browser, token } = await ask()
  service.advance(10 * 60_000)
  const page = await browser.get(`/link/${token}`)
  expect(page.statusCode).toBe(410)
  expect(page.body).toContain('Ask for a new link')
  const tooLong = () => service.deps.links.create({ purpose: 'recovery', ttl: 25 * 60 * 60_000 })
  expect(tooLong).toThrow('at most 1440 minutes')
})

describe('M7 a link is void', () => {
  const isDead = async (token: string) => (await service.browser().get(`/link/${token}`)).statusCode === 404

  it('once the same browser asked for a newer one', async () => {
    const first = await ask()
    const second = await ask(first.browser)
    expect(await isDead(first.token)).toBe(true)
    expect(await isDead(second.token)).toBe(false)
  })

  it.each([
    ['the password was changed', () => service.does('set-password', { userid: ada, password_hash: '$x' })],
    [
      'the address was changed',
      () => service.does('change-user', { userid: ada, changes: { email: 'a@example.net' } }),
    ],
    [
      'the account was deactivated',
      () => service.does('change-user', { userid: ada, changes: { active: false } }),
    ],
  ])('once %s', async (_what, change) => {
    const { browser, token, code } = await ask()
    await change()
    expect(await isDead(token)).toBe(true)
    await browser.get('/login/code')
    expect((await browser.submit('/login/code', { code })).statusCode).toBe(403)
  })
})

it('M8 the address in it comes from the settings, whatever the request says', async () => {
  const browser = service.browser()
  await browser.get('/login')
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
  await browser.submit('/login/link', { username: 'ada' }, { headers })
  await service.settled()
  expect(service.mails[0]?.text).toContain(`${service.issuer}/link/`)
  expect(service.mails[0]?.text).not.toContain('evil')
})

describe('M10 a mailed link', () => {
  it('does not satisfy step-up and adds no credential', async () => {
    const { browser, token } = await ask()
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    await browser.get('/account')
    await service.newTypes()
    const options = await browser.post('/account/passkeys/options', {})
    expect([options.statusCode, options.json().code]).toEqual([403, 'proof_needed'])
    const passkey = await browser.post('/account/passkeys', { response: {} })
    expect([passkey.statusCode, passkey.json().code]).toEqual([403, 'proof_needed'])
    const password = await browser.submit('/account/password', { password: OTHER_PASSWORD })
    expect(password.body).toContain('The current password is not right.')
    expect(await service.newTypes()).toEqual([])
  })

  it('does not freshen a session that was begun with a password', async () => {
    const browser = service.browser()
    await signIn(browser, 'ada')
    service.advance(6 * 60_000)
    const { token } = await ask(service.browser())
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    await browser.get('/account')
    const options = await browser.post('/account/passkeys/options', {})
    expect(options.json().code).toBe('proof_needed')
  })
})

describe('M11 a credential that was set before the address was proven', () => {
  it('dies when a mailed link proves it', async () => {
    await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })
    const squatter = service.browser()
    await signIn(squatter, 'eve')
    await service.newTypes()
    const { browser, token } = await ask(service.browser(), 'eve')
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    expect(await service.newTypes()).toEqual([
      'MagicLinkIssued',
      'MagicLinkUsed',
      'UserEmailVerified',
      'PasswordRemoved',
      'SessionEnded',
      'SignInSucceeded',
    ])
    expect(await isSignedIn(browser)).toBe(true)
    expect(await isSignedIn(squatter)).toBe(false)
    expect((await signIn(service.browser(), 'eve')).statusCode).toBe(403)
  })

  it('lives on when the one who set it proves the address too', async () => {
    await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })
    const browser = service.browser()
    await signIn(browser, 'eve')
    await browser.get('/account')
    await browser.submit('/account/email/verify')
    const { token } = await mailedLink(service)
    await service.newTypes()
    await browser.get(`/link/${token}`)
    expect((await browser.submit(`/link/${token}`)).headers.location).toBe('/account?done=email_verified')
    expect(await service.newTypes()).toEqual(['MagicLinkUsed', 'UserEmailVerified'])
    expect((await signIn(service.browser(), 'eve')).statusCode).toBe(303)
  })

  it('dies when the link that the holder asked for is opened by somebody else', async () => {
    const eve = await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })
    await signIn(service.browser(), 'eve')
    const { token, code } = await makeLinkWithCode(service, 'email_verification', {
      username: 'eve',
      userid: eve,
    })
    const owner = service.browser()
    expect((await owner.get(`/link/${token}`)).body).toContain('the password')
    await service.newTypes()
    await owner.submit(`/link/${token}`, { code })
    expect(await service.newTypes()).toEqual([
      'MagicLinkUsed',
      'UserEmailVerified',
      'PasswordRemoved',
      'SessionEnded',
    ])
  })

  it('is left alone by a link that this service did not mail', async () => {
    const eve = await service.register({ username: 'eve', password: PASSWORD, email: 'eve@example.org' })
    const token = await makeLink(service, 'sign_in', { username: 'eve', userid: eve })
    const browser = service.browser()
    await browser.get(`/link/${token}`)
    await service.newTypes()
    await browser.submit(`/link/${token}`)
    expect(await service.newTypes()).toEqual(['MagicLinkUsed', 'SignInSucceeded'])
  })
})

describe('a link that does not work', () => {
  it.each([
    ['malformed', 'x'],
    ['unknown', 'A'.repeat(43)],
    ['with a trick in it', encodeURIComponent('<script>alert(1)</script>')],
  ])('%s: says what to do next', async (_what, token) => {
    for (const path of [`/link/${token}`, `/invite/${token}`]) {
      const page = await service.browser().get(path)
      expect(page.statusCode).toBe(404)
      expect(page.body).toContain('This link does not work')
      expect(page.body).toContain('href="/login"')
      expect(page.body).not.toContain('alert(1)')
    }
  })

  it('used: says so', async () => {
    const { browser, token } = await ask()
    await browser.get(`/link/${token}`)
    await browser.submit(`/link/${token}`)
    const page = await browser.get(`/link/${token}`)
    expect(page.statusCode).toBe(410)
    expect(page.body).toContain('has been used already')
  })
})
